// Money: integers in minor units of one ISO 4217 currency; no fractions, no floating point.
export { currencyExponent } from '../contracts/currencies.ts';

export type Money = { amount: number; currency: string };

/** quantity x price. Returns undefined when the product is not a safe integer. */
export function multiplyMoney(price: Money, quantity: number): Money | undefined {
  const amount = price.amount * quantity;
  return Number.isSafeInteger(amount) ? { amount, currency: price.currency } : undefined;
}

/**
 * The sum of amounts of one currency. Returns undefined when it is not a safe integer; throws when currencies differ.
 */
export function sumMoney(amounts: readonly Money[], currency: string): Money | undefined {
  let total = 0;
  for (const money of amounts) {
    if (money.currency !== currency) throw new Error(`cannot add ${money.currency} to ${currency}`);
    total += money.amount;
  }
  return Number.isSafeInteger(total) ? { amount: total, currency } : undefined;
}
