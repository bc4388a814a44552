import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAmount, parseAmount, parseUnits } from './amounts.ts';

const read = (cell: string, decimal: 'point' | 'comma' = 'point', currency = 'EUR') => {
  const parsed = parseAmount(cell, decimal, currency);
  return 'amount' in parsed ? parsed.amount : parsed.code;
};

describe('an amount', () => {
  it.each([
    ['19.99', 1999],
    ['19.9', 1990],
    ['19', 1900],
    [' 007.50 ', 750],
    ['0', 0],
    ['999999999.99', 99_999_999_999],
    ['19.999', 'too_many_decimals'],
    ['19.990', 'too_many_decimals'],
    ['1.000', 'too_many_decimals'],
    ['19,99', 'decimal_sign'],
    ['1,000.00', 'decimal_sign'],
    ['1.000.00', 'invalid_amount'],
    ['.5', 'invalid_amount'],
    ['5.', 'invalid_amount'],
    ['-5', 'invalid_amount'],
    ['+5', 'invalid_amount'],
    ['1e3', 'invalid_amount'],
    ['0x10', 'invalid_amount'],
    ['€5', 'invalid_amount'],
    ['5 EUR', 'invalid_amount'],
    ['1 000', 'invalid_amount'],
    ['１２', 'invalid_amount'],
    ['', 'invalid_amount'],
    ['99999999999999', 'invalid_amount'],
  ])('%j is %s', (cell, expected) => expect(read(cell)).toBe(expected));

  it.each([
    ['19,99', 1999],
    ['19', 1900],
    ['19.99', 'decimal_sign'],
    ['1.000,00', 'decimal_sign'],
    ['1,000', 'too_many_decimals'],
  ])('%j with a declared comma is %s', (cell, expected) => expect(read(cell, 'comma')).toBe(expected));

  it.each([
    ['100', 'JPY', 100],
    ['100.0', 'JPY', 'too_many_decimals'],
    ['1.234', 'KWD', 1234],
    ['1.2345', 'KWD', 'too_many_decimals'],
    ['1', 'XXQ', 'invalid_currency'],
  ])('%j of %s is %s', (cell, currency, expected) => expect(read(cell, 'point', currency)).toBe(expected));

  it('that is none is told of with the decimal sign that was declared', () => {
    expect(parseAmount('x', 'comma', 'EUR')).toMatchObject({ message: 'This is not an amount such as 19,99.' });
    expect(parseAmount('x', 'point', 'EUR')).toMatchObject({ message: 'This is not an amount such as 19.99.' });
  });

  it('is written as it is read', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99_999_999_999 }),
        fc.constantFrom('EUR', 'JPY', 'KWD'),
        (amount, currency) => {
          expect(read(formatAmount(amount, currency), 'point', currency)).toBe(amount);
        },
      ),
    );
  });
});

it('units are whole numbers in decimal digits', () => {
  expect(['0', ' 12 ', '007', '1.0', '1e2', '-1', '', '12345678901'].map(parseUnits)).toEqual([
    0,
    12,
    7,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
