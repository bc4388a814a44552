// Allocation against a model that tries every choice of locations.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exactTierMax } from '../limits.ts';
import { allocate, type Supply } from './allocate.ts';
import type { Allocation, Line } from './reservation.ts';

const variants = ['v1', 'v2', 'v3'];
const keyOf = ({ variantId, locationId }: { variantId: string; locationId: string }) => `${variantId} ${locationId}`;
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
const of = <T extends { variantId: string }>(all: readonly T[], variantId: string) =>
  all.filter((one) => one.variantId === variantId);
const unitsOf = (all: readonly Supply[], variantId: string) => sum(of(all, variantId).map((one) => one.available));

/** Supplies of up to `locationsMax` locations of up to three priorities, and lines that they can serve. */
const cases = (locationsMax: number) =>
  fc
    .array(
      fc.record({
        priority: fc.integer({ min: 1, max: 3 }),
        units: fc.tuple(...variants.map(() => fc.integer({ min: 0, max: 4 }))),
      }),
      { minLength: 1, maxLength: locationsMax },
    )
    .map((locations) =>
      locations.flatMap(({ priority, units }, n): Supply[] =>
        variants.map((variantId, v) => ({ variantId, locationId: `loc_${n}`, priority, available: units[v]! })),
      ),
    )
    .chain((supplies) =>
      fc
        .tuple(...variants.map((variantId) => fc.integer({ min: 0, max: unitsOf(supplies, variantId) })))
        .map((quantities) => {
          const lines = variants.map((variantId, v): Line => ({ variantId, quantity: quantities[v]! }));
          return { supplies, lines: lines.filter(({ quantity }) => quantity > 0) };
        }),
    );

/** Every line whole, from what is there, once per variant and location. */
function expectSound(lines: readonly Line[], supplies: readonly Supply[], taken: readonly Allocation[]): void {
  const available = new Map(supplies.map((one) => [keyOf(one), one.available]));
  for (const one of taken) {
    expect(one.quantity).toBeGreaterThan(0);
    expect(one.quantity).toBeLessThanOrEqual(available.get(keyOf(one)) ?? 0);
  }
  expect(new Set(taken.map(keyOf)).size).toBe(taken.length);
  const totals = lines.map(({ variantId }) => sum(of(taken, variantId).map(({ quantity }) => quantity)));
  expect(totals).toEqual(lines.map(({ quantity }) => quantity));
  expect(taken.every(({ variantId }) => of(lines, variantId).length === 1)).toBe(true);
}

/** Of a tier: what it has to give of each line, and the least number of its locations that give all of that. */
function tierModel(lines: readonly Line[], tier: readonly Supply[]): { give: number[]; parcels: number } {
  const locations = [...new Set(tier.map(({ locationId }) => locationId))];
  const reach = (chosen: readonly string[]) =>
    lines.map(({ variantId, quantity }) => {
      const own = tier.filter(({ locationId }) => chosen.includes(locationId));
      return Math.min(quantity, unitsOf(own, variantId));
    });
  const give = reach(locations);
  let parcels = locations.length;
  for (let choice = 0; choice < 2 ** locations.length; choice += 1) {
    const chosen = locations.filter((_, n) => choice & (1 << n));
    if (chosen.length < parcels && reach(chosen).join() === give.join()) parcels = chosen.length;
  }
  return { give, parcels };
}

it('takes from each tier all that it has, in the order of priorities, with the fewest parcels', () => {
  fc.assert(
    fc.property(cases(5), ({ supplies, lines }) => {
      const taken = allocate(lines, supplies);
      expectSound(lines, supplies, taken);
      let left = lines;
      for (const priority of [1, 2, 3]) {
        const tier = supplies.filter((one) => one.priority === priority);
        const { give, parcels } = tierModel(left, tier);
        const locations = new Set(tier.map(({ locationId }) => locationId));
        const own = taken.filter(({ locationId }) => locations.has(locationId));
        expect(left.map(({ variantId }) => sum(of(own, variantId).map(({ quantity }) => quantity)))).toEqual(give);
        expect(new Set(own.map(({ locationId }) => locationId)).size).toBe(parcels);
        left = left.map((line, n) => ({ ...line, quantity: line.quantity - give[n]! }));
      }
    }),
  );
});

it('depends on nothing but what there is: not on the order in which it is told', () => {
  const shuffled = cases(5).chain(({ supplies, lines }) =>
    fc.record({
      supplies: fc.constant(supplies),
      again: fc.shuffledSubarray(supplies, { minLength: supplies.length }),
      lines: fc.constant(lines),
    }),
  );
  fc.assert(
    fc.property(shuffled, ({ supplies, again, lines }) => {
      expect(allocate(lines, again)).toEqual(allocate(lines, supplies));
    }),
  );
});

it('leaves what is held and still wanted where it is', () => {
  const edits = cases(5).chain(({ supplies, lines }) =>
    fc.record({
      supplies: fc.constant(supplies),
      lines: fc.constant(lines),
      wanted: fc.tuple(
        ...lines.map(({ variantId }) => fc.integer({ min: 1, max: Math.max(1, unitsOf(supplies, variantId)) })),
      ),
    }),
  );
  fc.assert(
    fc.property(edits, ({ supplies, lines, wanted }) => {
      const before = allocate(lines, supplies);
      const changed = lines.map((line, n) => ({ ...line, quantity: wanted[n]! }));
      const after = allocate(changed, supplies, before);
      expectSound(changed, supplies, after);
      changed.forEach(({ variantId, quantity }, n) => {
        const kept = of(before, variantId).map((one) =>
          Math.min(one.quantity, after.find((other) => keyOf(other) === keyOf(one))?.quantity ?? 0),
        );
        expect(sum(kept)).toBe(Math.min(lines[n]!.quantity, quantity));
      });
    }),
  );
});

it('serves whole lines also from more locations than it tries every choice of', () => {
  const many = cases(exactTierMax * 2).map(({ supplies, lines }) => {
    return { lines, supplies: supplies.map((one) => ({ ...one, priority: 1 })) };
  });
  fc.assert(fc.property(many, ({ supplies, lines }) => expectSound(lines, supplies, allocate(lines, supplies))));
});
