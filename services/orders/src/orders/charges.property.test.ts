// What an order costs, in whatever currency: every unit is counted, once, and never below nothing.
import { currencyExponent } from '@holdfast/shared/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { totalOf } from './charges.ts';
import type { Charge } from './order.ts';

const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
};

describe.each(['JPY', 'EUR', 'KWD'])('in %s', (currency) => {
  const unit = 10 ** currencyExponent(currency)!;
  const money = (amount: number) => ({ amount, currency });
  const whole = fc.integer({ min: 0, max: 10_000 }).map((one) => one * unit);
  const odd = fc.integer({ min: 0, max: 10_000 * unit });
  const amount = fc.oneof(whole, odd);
  const lines = fc.array(
    amount.map((one) => ({ total: money(one) })),
    { minLength: 1, maxLength: 20 },
  );
  const added = fc.record({ kind: fc.constantFrom('shipping', 'tax', 'fee'), amount });
  const taken = amount.filter((one) => one > 0).map((one) => ({ kind: 'discount', amount: -one }));
  const charges = fc
    .array(fc.oneof(added, taken), { maxLength: 10 })
    .map((all) => all.map((one) => ({ ...one, label: one.kind, amount: money(one.amount) }) as Charge));
  const sum = (amounts: readonly number[]) => amounts.reduce((total, one) => total + BigInt(one), 0n);

  it('it is the sum of lines and charges, in whatever order they come, or refused', () => {
    fc.assert(
      fc.property(lines, charges, (all, extra) => {
        const exact = sum([...all.map(({ total }) => total.amount), ...extra.map((one) => one.amount.amount)]);
        if (exact < 0n) {
          expect(codeOf(() => totalOf(all, extra))).toBe('total_negative');
          return;
        }
        const total = totalOf(all, extra);
        expect([BigInt(total.amount), total.currency]).toEqual([exact, currency]);
        expect(totalOf(all.toReversed(), extra.toReversed())).toEqual(total);
      }),
      { numRuns: 300 },
    );
  });

  it('a charge in another currency is refused, whatever it is worth', () => {
    fc.assert(
      fc.property(lines, amount, (all, one) => {
        const strange = { kind: 'fee', label: 'Fee', amount: { amount: one, currency: 'USD' } } as const;
        expect(codeOf(() => totalOf(all, [strange]))).toBe('mixed_currencies');
      }),
    );
  });

  it('what is too large to count stays too large, whatever is taken off', () => {
    const most = { total: money(Number.MAX_SAFE_INTEGER) };
    const discount = { kind: 'discount', label: 'All', amount: money(-Number.MAX_SAFE_INTEGER) } as const;
    expect(codeOf(() => totalOf([most, { total: money(2) }], [discount]))).toBe('total_too_large');
    expect(totalOf([most], [discount])).toEqual(money(0));
  });
});
