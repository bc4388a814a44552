import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averageOf, movedCost, type VariantCost } from './variant-cost.ts';

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const move = (before: VariantCost | undefined, onHand: number, units: number, unitCost = eur(100)) =>
  movedCost(before, { tenantId: 'ten_1', variantId: 'var_1', onHand, units, unitCost });

describe('the average cost', () => {
  it('is that of the first receipt, and then weighted by what is on hand', () => {
    const first = move(undefined, 5, 10, eur(900))!;
    expect(averageOf(first)).toEqual(eur(900));
    const second = move(first, 10, 10, eur(1_000))!;
    expect(averageOf(second)).toEqual(eur(950));
    expect(second.version).toBe(2);
  });
  it('is as before once a receipt is reversed', () => {
    const first = move(undefined, 0, 10, eur(900))!;
    const second = move(first, 10, 5, eur(1_234))!;
    expect(averageOf(move(second, 15, -5, eur(1_234))!)).toEqual(eur(900));
  });
  it('stays when all is taken back, and begins anew in another currency', () => {
    const first = move(undefined, 0, 10, eur(900))!;
    expect(move(first, 10, -10, eur(900))).toBeUndefined();
    expect(move(first, 10, 1, { amount: 7, currency: 'JPY' })).toMatchObject({ currency: 'JPY', average: 70_000 });
    expect(move(first, 10, -1, { amount: 7, currency: 'JPY' })).toBeUndefined();
  });
  const receipts = fc.array(
    fc.record({ units: fc.integer({ min: 1, max: 1_000 }), cost: fc.integer({ min: 0, max: 1e6 }) }),
    {
      minLength: 1,
      maxLength: 30,
    },
  );
  it('is what all receipts cost, within a hundredth of a minor unit, when nothing is sold', () => {
    fc.assert(
      fc.property(receipts, (all) => {
        let cost: VariantCost | undefined;
        let onHand = 0;
        for (const { units, cost: amount } of all) {
          cost = move(cost, onHand, units, eur(amount)) ?? cost;
          onHand += units;
        }
        const exact = all.reduce((sum, { units, cost: amount }) => sum + units * amount, 0) / onHand;
        expect(Math.abs(cost!.average / 10_000 - exact)).toBeLessThan(0.01);
      }),
    );
  });
});
