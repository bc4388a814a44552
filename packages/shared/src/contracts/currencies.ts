// The currencies of ISO 4217 that somebody pays with, and their exponents. The list is dinero.js's, which has no codes
// for metals, testing or "no currency".
import * as iso4217 from 'dinero.js/currencies';

const exponents: ReadonlyMap<string, number> = new Map(
  // Ariary and ouguiya have fifths instead of hundredths; ISO 4217 lists both with two decimals all the same.
  Object.values(iso4217).map(({ code, base, exponent }) => [code, base === 10 ? exponent : 2]),
);

/** Decimals of a currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD. Undefined for what is not a currency. */
export function currencyExponent(code: string): number | undefined {
  return exponents.get(code);
}
