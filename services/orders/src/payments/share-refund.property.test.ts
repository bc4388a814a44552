// Whatever is shared, in whatever currency: nothing is lost and nothing is made.
import { currencyExponent } from '@holdfast/shared/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refundLines, refundOfUnits, shareOver } from './share-refund.ts';

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

describe.each(['JPY', 'EUR', 'KWD'])('in %s', (currency) => {
  const unit = 10 ** currencyExponent(currency)!;
  const amount = fc.integer({ min: 0, max: 1_000_000 }).map((whole) => whole * unit);
  const odd = fc.integer({ min: 0, max: 1_000_000 * unit });
  const prices = fc.array(fc.oneof(amount, odd, fc.constant(0)), { minLength: 1, maxLength: 20 });
  const linesOf = (costs: readonly number[]) =>
    costs.map((cost, n) => ({ variantId: `var_${n}`, total: { amount: cost } }));

  it('the shares of the lines add up, and each is its exact part rounded to a neighbour', () => {
    fc.assert(
      fc.property(fc.oneof(amount, odd), prices, (refund, costs) => {
        const shares = refundLines(refund, linesOf(costs)).map((line) => line.amount);
        expect(sum(shares)).toBe(refund);
        const total = sum(costs);
        for (const [place, share] of shares.entries()) {
          const exact = total === 0 ? refund / costs.length : (refund * costs[place]!) / total;
          expect(Math.abs(share - exact)).toBeLessThan(1.000_001);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a full refund gives every line what it cost', () => {
    fc.assert(
      fc.property(prices, (costs) => {
        fc.pre(sum(costs) > 0);
        expect(refundLines(sum(costs), linesOf(costs)).map((line) => line.amount)).toEqual(costs);
      }),
    );
  });

  it('units that come back in any steps add up to their line', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(odd, steps, (share, taken) => {
        const line = { amount: share, quantity: sum(taken) };
        let before = 0;
        const parts = taken.map((units) => {
          const part = refundOfUnits(line, before, units);
          before += units;
          return part;
        });
        expect(sum(parts)).toBe(share);
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

it('units that are left go to the largest fractions, the first of equal ones first', () => {
  expect(shareOver(100, [1, 1, 1])).toEqual([34, 33, 33]);
  expect(shareOver(10, [5, 3, 2])).toEqual([5, 3, 2]);
  expect(shareOver(2, [1, 5, 5])).toEqual([0, 1, 1]);
  expect(shareOver(5, [0, 0])).toEqual([3, 2]);
  expect(shareOver(5, [])).toEqual([]);
});

it('amounts past what multiplies safely are shared exactly', () => {
  const most = Number.MAX_SAFE_INTEGER;
  expect(sum(shareOver(most, [most - 3, 2, 1]))).toBe(most);
});
