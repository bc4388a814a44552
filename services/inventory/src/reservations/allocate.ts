// Which locations serve an order: the lowest priority first; among locations of one priority as few parcels as can be.
// Invariant: what is asked for is taken as a whole, never more from a location than is available there; the answer
// depends on nothing but the arguments, not on their order.
import { exactTierMax } from '../limits.ts';
import type { Allocation, Line } from './reservation.ts';

/** What one location has of one variant; what the order itself holds there is available to it. */
export type Supply = { variantId: string; locationId: string; priority: number; available: number };

/** Units by variant, of a location. */
type Shelf = { locationId: string; units: ReadonlyMap<string, number> };

/**
 * Takes the lines, one per variant, from supplies that have enough of each. What the order holds and still wants stays
 * where it is; a line may come from several locations.
 */
export function allocate(
  lines: readonly Line[],
  supplies: readonly Supply[],
  held: readonly Allocation[] = [],
): Allocation[] {
  const taken = createTaken();
  const missing = new Map(lines.map(({ variantId, quantity }) => [variantId, quantity]));
  const take = (variantId: string, locationId: string, most: number) => {
    const quantity = Math.min(missing.get(variantId) ?? 0, most);
    if (quantity <= 0) return;
    taken.add(variantId, locationId, quantity);
    missing.set(variantId, missing.get(variantId)! - quantity);
  };
  const inOrder = supplies.toSorted(byPriority);
  if (held.length > 0) {
    const own = new Map(held.map(({ variantId, locationId, quantity }) => [`${variantId} ${locationId}`, quantity]));
    for (const { variantId, locationId, available } of inOrder) {
      take(variantId, locationId, Math.min(available, own.get(`${variantId} ${locationId}`) ?? 0));
    }
  }
  for (const tier of Map.groupBy(inOrder, ({ priority }) => priority).values()) {
    if ([...missing.values()].every((quantity) => quantity === 0)) break;
    for (const { locationId, units } of fewest(shelvesOf(tier, missing, taken), missing, taken.locations)) {
      for (const [variantId, available] of units) take(variantId, locationId, available);
    }
  }
  return lines.flatMap(({ variantId }) => taken.of(variantId));
}

function byPriority(a: Supply, b: Supply): number {
  return a.priority - b.priority || (a.locationId < b.locationId ? -1 : Number(a.locationId > b.locationId));
}

function createTaken() {
  const quantities = new Map<string, Map<string, number>>();
  const locations = new Set<string>();
  return {
    locations: locations as ReadonlySet<string>,
    add(variantId: string, locationId: string, quantity: number) {
      locations.add(locationId);
      const own = quantities.get(variantId) ?? new Map<string, number>();
      quantities.set(variantId, own.set(locationId, (own.get(locationId) ?? 0) + quantity));
    },
    at: (variantId: string, locationId: string) => quantities.get(variantId)?.get(locationId) ?? 0,
    of: (variantId: string): Allocation[] =>
      [...(quantities.get(variantId) ?? [])].map(([locationId, quantity]) => ({ variantId, locationId, quantity })),
  };
}

/** What the locations of a tier have left of what is missing, in the order of their ids. */
function shelvesOf(
  tier: readonly Supply[],
  missing: ReadonlyMap<string, number>,
  taken: ReturnType<typeof createTaken>,
): Shelf[] {
  const shelves = new Map<string, Map<string, number>>();
  for (const { variantId, locationId, available } of tier) {
    const units = available - taken.at(variantId, locationId);
    if (units <= 0 || (missing.get(variantId) ?? 0) === 0) continue;
    shelves.set(locationId, (shelves.get(locationId) ?? new Map()).set(variantId, units));
  }
  return [...shelves].map(([locationId, units]) => ({ locationId, units }));
}

/**
 * The fewest locations of a tier that give as much of what is missing as all of them together; those that send a parcel
 * anyway cost nothing. Exact where few are to choose from, else one after the other that gives the most.
 */
function fewest(
  shelves: readonly Shelf[],
  missing: ReadonlyMap<string, number>,
  used: ReadonlySet<string>,
): readonly Shelf[] {
  const free = shelves.filter(({ locationId }) => used.has(locationId));
  const others = shelves.filter(({ locationId }) => !used.has(locationId));
  const wanted = reach(shelves, missing);
  const gives = (chosen: readonly Shelf[]) => isSame(reach([...free, ...chosen], missing), wanted);
  if (others.length > exactTierMax) return [...free, ...greedy(others, free, missing, gives)];
  for (let count = 0; count < others.length; count += 1) {
    for (const chosen of choices(others, count)) if (gives(chosen)) return [...free, ...chosen];
  }
  return shelves;
}

/** How much of each missing variant these locations give. */
function reach(shelves: readonly Shelf[], missing: ReadonlyMap<string, number>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { units } of shelves) {
    for (const [variantId, count] of units) {
      sums.set(variantId, Math.min(missing.get(variantId)!, (sums.get(variantId) ?? 0) + count));
    }
  }
  return sums;
}

function isSame(some: ReadonlyMap<string, number>, all: ReadonlyMap<string, number>): boolean {
  for (const [variantId, count] of all) if (some.get(variantId) !== count) return false;
  return true;
}

/** All choices of `count` locations, in the order of their ids. */
function* choices(from: readonly Shelf[], count: number, first = 0): Generator<Shelf[]> {
  if (count === 0) return yield [];
  for (let n = first; n <= from.length - count; n += 1) {
    for (const rest of choices(from, count - 1, n + 1)) yield [from[n]!, ...rest];
  }
}

function greedy(
  others: readonly Shelf[],
  free: readonly Shelf[],
  missing: ReadonlyMap<string, number>,
  gives: (chosen: readonly Shelf[]) => boolean,
): Shelf[] {
  const sumOf = (some: readonly Shelf[]) =>
    [...reach([...free, ...some], missing).values()].reduce((sum, count) => sum + count, 0);
  const chosen: Shelf[] = [];
  while (!gives(chosen) && chosen.length < others.length) {
    const rest = others.filter((one) => !chosen.includes(one));
    const best = rest.reduce((a, b) => (sumOf([...chosen, b]) > sumOf([...chosen, a]) ? b : a));
    chosen.push(best);
  }
  return chosen;
}
