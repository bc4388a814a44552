// What the shared fields accept, refuse and make of what was typed.
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { cpuMs } from '../testing/cpu-time.ts';
import { currencyExponent } from './currencies.ts';
import {
  addressField,
  currencyField,
  expectedTotalField,
  metadataField,
  moneyAnswer,
  nameField,
  noteField,
  optionsField,
  optionValues,
  pageQuery,
  passwordField,
  skuField,
  timeZoneField,
} from './fields.ts';
import { allOperations } from './index.ts';
import { textField } from './text.ts';

const accepts = (field: z.ZodType, value: unknown) => field.safeParse(value).success;

describe('a time zone', () => {
  it.each([
    'Asia/Kolkata',
    'Asia/Calcutta',
    'Europe/Kyiv',
    'Europe/Kiev',
    'America/Argentina/Buenos_Aires',
    'America/Nuuk',
    'US/Eastern',
    'Etc/UTC',
    'Etc/GMT+2',
    'UTC',
    'GMT',
  ])('is %s, kept as sent', (zone) => {
    expect(timeZoneField.parse(zone)).toBe(zone);
  });

  it('is every zone that the runtime lists', () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) expect(timeZoneField.parse(zone)).toBe(zone);
  });

  it.each(['+02:00', '-05:30', '+02', '-0530', 'UTC+2', 'Z', '', ' UTC', 'UTC\0', 'Mars/Olympus', 'constructor'])(
    'is not %j',
    (zone) => {
      expect(accepts(timeZoneField, zone)).toBe(false);
    },
  );
});

describe('a currency', () => {
  it.each([
    ['EUR', 2],
    ['USD', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['KWD', 3],
    ['CLF', 4],
    ['MGA', 2],
    ['MRU', 2],
    ['XOF', 0],
    ['XCG', 2],
  ])('is %s, with %i decimals', (code, exponent) => {
    expect(accepts(currencyField, code)).toBe(true);
    expect(currencyExponent(code)).toBe(exponent);
  });

  it.each(['ZZZ', 'ABC', 'eur', 'EURO', 'XXX', 'XTS', 'XAU', 'XDR', 'DEM', ''])('is not %j', (code) => {
    expect(accepts(currencyField, code)).toBe(false);
    expect(currencyExponent(code)).toBeUndefined();
  });

  it('that was stored is answered, whatever became of it', () => {
    expect(accepts(moneyAnswer, { amount: 1, currency: 'DEM' })).toBe(true);
  });
});

describe('a line of text', () => {
  const field = textField({ max: 20 });

  it.each([
    ['  Wool cap\t', 'Wool cap'],
    ['Cafe\u0301', 'Café'],
    ['👩‍👩‍👧‍👦 kit', '👩‍👩‍👧‍👦 kit'],
    ['🏳️‍🌈', '🏳️‍🌈'],
    ['שלום', 'שלום'],
    ['क्षि', 'क्षि'],
  ])('%j is taken as %j', (typed, kept) => {
    expect(field.parse(typed)).toBe(kept);
  });

  it.each([
    ['nothing', ''],
    ['blanks', '   '],
    ['a lone surrogate', 'a\ud83d'],
    ['U+0000', 'a\0b'],
    ['a control character', 'a\u001bb'],
    ['a C1 control', 'a\u0085b'],
    ['a line end', 'a\nb'],
    ['a line separator', 'a\u2028b'],
    ['only joiners', '\u200b\u200d\u2060'],
    ['only fillers', '\u3164\u115f\uffa0'],
    ['an empty Braille pattern', '\u2800'],
    ['only a variation selector', '\ufe0f'],
    ['too many characters', 'x'.repeat(21)],
    ['too many after normalising', '\u0958'.repeat(11)],
  ])('is not %s', (_what, typed) => {
    expect(accepts(field, typed)).toBe(false);
  });

  it('may be of as many characters as allowed, however they were composed', () => {
    expect(field.parse('e\u0301'.repeat(20))).toBe('é'.repeat(20));
  });

  it('is refused before it is normalised when it is far too long', () => {
    const marks = `a${'\u0300\u0316'.repeat(8_000)}`;
    for (const any of [field, nameField, skuField]) expect(cpuMs(() => any.safeParse(marks))).toBeLessThan(20);
  });
});

describe('lines of text', () => {
  it('are kept as typed', () => {
    const note = ' two\r\n\tlines \n👩‍👧 ';
    expect(noteField.parse(note)).toBe(note);
    expect(noteField.parse('')).toBe('');
  });

  it.each(['a\ud800', '\udc00', 'a\0', 'bell \u0007', 'x'.repeat(2_001)])('are not %j', (note) => {
    expect(accepts(noteField, note)).toBe(false);
  });
});

describe('a password', () => {
  it.each(['correct horse', ' 8 blanks', 'pässwörd1', 'パスワードです長い'])('may be %j, kept as typed', (password) => {
    expect(passwordField.parse(password)).toBe(password);
  });

  it.each(['        ', '\u200b'.repeat(8), '\u3000'.repeat(9), 'secret\0one', 'secret\ud800one', 'short'])(
    'must not be %j',
    (password) => {
      expect(accepts(passwordField, password)).toBe(false);
    },
  );
});

describe('an SKU', () => {
  it('is trimmed and kept as typed', () => {
    expect(skuField.parse(' Cap-1\t')).toBe('Cap-1');
  });

  it.each(['', '-a', 'a b', 'a\0', 'x'.repeat(65), 'ünder'])('is not %j', (sku) => {
    expect(accepts(skuField, sku)).toBe(false);
  });
});

describe('an address', () => {
  const hongKong = { name: 'Ada Wong', line1: '1 Queen’s Road Central', city: 'Hong Kong', country: 'HK' };

  it('needs neither postal code nor region', () => {
    expect(addressField.parse(hongKong)).toEqual(hongKong);
    expect(accepts(addressField, { ...hongKong, postalCode: 'D02 AF30', region: 'Dublin', phone: '' })).toBe(true);
  });

  it('is refused with an unknown field or text that cannot be stored as sent', () => {
    expect(accepts(addressField, { ...hongKong, zip: '1' })).toBe(false);
    expect(accepts(addressField, { ...hongKong, city: '\ud83d' })).toBe(false);
    expect(accepts(addressField, { ...hongKong, line2: '\u200b' })).toBe(false);
  });
});

describe('an expected total', () => {
  it('has an amount and a currency, nothing else', () => {
    expect(accepts(expectedTotalField, { amount: 1, currency: 'EUR' })).toBe(true);
    expect(accepts(expectedTotalField, { amount: 1, currency: 'EUR', tax: 1 })).toBe(false);
    expect(accepts(expectedTotalField, { amount: -1, currency: 'EUR' })).toBe(false);
  });
});

describe('records', () => {
  /** As many as a body may have in all. */
  const many = (value: unknown) => Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`k${n}`, value]));

  it.each([
    ['metadata', metadataField, many(1)],
    ['options of a variant', optionValues, many('x')],
    ['options of a product', optionsField, many(['x'])],
  ])('%s: keys are counted before any of them is looked at', (_name, field, record) => {
    expect(field.safeParse(record).error?.issues).toMatchObject([{ code: 'too_big', path: [] }]);
    expect(cpuMs(() => field.safeParse(record))).toBeLessThan(20);
  });

  it('take as many keys as promised', () => {
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n]));
    expect(accepts(metadataField, keys(50))).toBe(true);
    expect(accepts(metadataField, keys(51))).toBe(false);
    expect(accepts(metadataField, {})).toBe(true);
    for (const other of [null, [], 'x', 1]) expect(accepts(metadataField, other)).toBe(false);
  });

  it.each(['_bsontype', 'toBSON', 'toJSON', 'constructor', 'prototype', '$ne', 'a.b', ''])('have no key %j', (key) => {
    expect(accepts(metadataField, JSON.parse(`{${JSON.stringify(key)}:1}`))).toBe(false);
    expect(accepts(optionValues, JSON.parse(`{${JSON.stringify(key)}:"1"}`))).toBe(false);
    expect(accepts(optionsField, JSON.parse(`{${JSON.stringify(key)}:["1"]}`))).toBe(false);
  });

  it('hold text that is stored as sent', () => {
    expect(accepts(metadataField, { a: '\ud800' })).toBe(false);
    expect(accepts(metadataField, { a: '\0' })).toBe(false);
    expect(accepts(optionValues, { size: '\u200b' })).toBe(false);
    expect(optionValues.parse({ size: ' Cafe\u0301 ' })).toEqual({ size: 'Café' });
  });
});

describe('?limit=', () => {
  it.each([
    ['1', 1],
    ['100', 100],
    [undefined, 20],
  ])('%j is %i', (text, limit) => {
    expect(pageQuery.limit.parse(text)).toBe(limit);
  });

  it.each(['0', '101', '0x10', '1e1', '1.0', '+5', ' 5', '5 ', '05', '', 'Infinity', ['5', '6']])(
    'is not %j',
    (text) => {
      expect(accepts(pageQuery.limit, text)).toBe(false);
    },
  );
});

type Definition = { type: string; shape?: Record<string, z.ZodType>; catchall?: z.ZodType; [part: string]: unknown };

/** Objects inside a schema that let unknown fields pass. */
function looseObjects(schema: unknown, path: string): string[] {
  const definition = (schema as { def?: Definition } | undefined)?.def;
  if (!definition) return [];
  const { type, shape = {}, catchall } = definition;
  const checks = (definition.checks as unknown[] | undefined) ?? [];
  // A query with filters of names that a client chooses has a check of its own for the names.
  const isLoose = catchall?.def.type !== 'never' && (catchall?.def.type !== 'string' || checks.length === 0);
  const own = type === 'object' && isLoose ? [path] : [];
  const fields = Object.entries(shape).flatMap(([name, field]) => looseObjects(field, `${path}/${name}`));
  const parts = ['innerType', 'element', 'valueType', 'in', 'out', 'left', 'right'].map((part) => definition[part]);
  const options = (definition.options as unknown[] | undefined) ?? [];
  return [...own, ...fields, ...[...parts, ...options].flatMap((part) => looseObjects(part, path))];
}

it('bodies, queries and paths refuse unknown fields at every depth', () => {
  for (const { operationId, body, query, params } of allOperations) {
    expect([body, query, params].flatMap((schema) => looseObjects(schema, operationId))).toEqual([]);
  }
});
