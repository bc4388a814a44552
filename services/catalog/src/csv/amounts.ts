// Prices as files have them, and numbers of units. Invariant: an amount is taken exactly or not at all: nothing is
// rounded, and a sign that could be a decimal sign or a separator of thousands is never guessed.
import { currencyExponent } from '@holdfast/shared/values';

export type DecimalSign = 'point' | 'comma';
/** An amount in minor units, or what is wrong with the text. */
export type Amount = { readonly amount: number } | { readonly code: string; readonly message: string };

const signs = { point: '.', comma: ',' } as const;
const amountDigitsMax = 12;

/** Reads `19.99` as 1999 for a currency of two decimals. */
export function parseAmount(cell: string, decimal: DecimalSign, currency: string): Amount {
  const exponent = currencyExponent(currency);
  if (exponent === undefined)
    return { code: 'invalid_currency', message: `${currency} is not a currency of ISO 4217.` };
  const sign = signs[decimal];
  const other = decimal === 'point' ? ',' : '.';
  const text = cell.trim();
  if (text.includes(other)) {
    const hint =
      decimal === 'point' ? 'A decimal comma is declared with ?decimal=comma' : 'A decimal comma is declared';
    return {
      code: 'decimal_sign',
      message: `The character "${other}" is not expected. ${hint}; thousands are not separated.`,
    };
  }
  const [whole = '', fraction = '', ...more] = text.split(sign);
  const isNumber = /^\d{1,20}$/.test(whole) && (!text.includes(sign) || /^\d{1,20}$/.test(fraction));
  if (!isNumber || more.length > 0)
    return { code: 'invalid_amount', message: `This is not an amount such as 19${sign}99.` };
  if (fraction.length > exponent) {
    const decimals = exponent === 0 ? 'no decimals' : `at most ${exponent} decimals`;
    return { code: 'too_many_decimals', message: `${currency} has ${decimals}; amounts are not rounded.` };
  }
  const digits = (whole + fraction.padEnd(exponent, '0')).replace(/^0+(?=\d)/, '');
  if (digits.length > amountDigitsMax) return { code: 'invalid_amount', message: 'The amount is too large.' };
  return { amount: Number(digits) };
}

/** Minor units as text, with all decimals of the currency: 1999 as `19.99`. */
export function formatAmount(amount: number, currency: string): string {
  const exponent = currencyExponent(currency) ?? 0;
  if (exponent === 0) return String(amount);
  const digits = String(amount).padStart(exponent + 1, '0');
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** A whole number in decimal digits; undefined for anything else. */
export function parseUnits(cell: string): number | undefined {
  const text = cell.trim();
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
