// What must hold of reservations whatever orders ask for, in whatever batches,
// however often and in whatever order it arrives.
import { keyText, stampNow } from '@holdfast/shared/values';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mainLocationIdOf } from '../locations/location.ts';
import type { Movement } from '../stock/movement.ts';
import { openBook } from '../stock/stock-book.ts';
import { levelIdOf, type StockLevel } from '../stock/stock-level.ts';
import { heldBy, type Reservation } from './reservation.ts';
import { reserveStock } from './reserve-stock.ts';
import { mergeLines, type StockRequest } from './stock-request.ts';

const now = new Date('2026-01-02T03:04:05.678Z');
const tenants = ['ten_a', 'ten_b'];
const variants = ['v1', 'v2', 'v3'];
const places = ['main', 'loc_b', 'loc_c'];
const priorities = new Map([
  ['loc_b', 1],
  ['loc_c', 2],
]);

type World = { levels: Map<string, StockLevel>; reservations: Map<string, Reservation>; movements: Movement[] };

function newWorld(onHand: readonly number[]): World {
  const levels = new Map<string, StockLevel>();
  tenants.forEach((tenantId) => {
    variants.forEach((variantId, n) => {
      places.forEach((place, m) => {
        const units = onHand[n * places.length + m]!;
        // A location that never had any has no level either.
        if (units === 0 && m > 0) return;
        const locationId = m === 0 ? mainLocationIdOf(tenantId) : place;
        const id = levelIdOf(tenantId, variantId, locationId);
        const numbers = { onHand: units, reserved: 0, version: 1, sequence: 0 };
        levels.set(id, { id, tenantId, variantId, locationId, ...numbers, movedAt: new Date(0) });
      });
    });
  });
  return { levels, reservations: new Map(), movements: [] };
}

/** Applies one batch, as the batch handler stores it. */
function apply(world: World, batch: readonly StockRequest[]): World {
  const book = openBook(world.levels.values(), now);
  const changes = reserveStock(batch, book, world.reservations, { ...stampNow({ now: () => now }), priorities });
  const levels = new Map(world.levels);
  const reservations = new Map(world.reservations);
  for (const { before, after } of book.levelChanges()) {
    expect(levels.get(after.id)).toBe(before);
    levels.set(after.id, after);
  }
  for (const { before, after } of changes) {
    const key = keyText(after.tenantId, after.id);
    expect(reservations.get(key)).toBe(before);
    reservations.set(key, after);
  }
  return { levels, reservations, movements: [...world.movements, ...book.movements()] };
}

const applyAll = (world: World, batches: readonly StockRequest[][]) => batches.reduce(apply, world);

type Place = { variantId: string; locationId: string };
const isAt = (one: Place, other: Place) => one.variantId === other.variantId && one.locationId === other.locationId;

function checkLaws({ levels, reservations, movements }: World): void {
  for (const level of levels.values()) {
    const own = movements.filter((one) => isAt(one, level) && one.tenantId === level.tenantId);
    let reserved = 0;
    own.forEach((movement, n) => {
      reserved += movement.reservedDelta;
      expect(movement.sequence).toBe(n + 1);
      expect(movement.reservedAfter).toBe(reserved);
    });
    expect(level).toMatchObject({ reserved, sequence: own.length });
    expect(level.reserved).toBeGreaterThanOrEqual(0);
    expect(level.reserved).toBeLessThanOrEqual(level.onHand);
    const held = [...reservations.values()]
      .filter((reservation) => reservation.tenantId === level.tenantId)
      .flatMap(heldBy)
      .filter((allocation) => isAt(allocation, level));
    expect(held.reduce((sum, allocation) => sum + allocation.quantity, 0)).toBe(level.reserved);
  }
  expect(new Set(movements.map((movement) => movement.id)).size).toBe(movements.length);
}

// All or nothing: what is held is exactly what was asked for.
function checkWhole({ reservations }: World): void {
  for (const reservation of reservations.values()) {
    if (reservation.state !== 'held') continue;
    expect(mergeLines(reservation.allocations)).toEqual(reservation.lines);
  }
}

const lines = fc.uniqueArray(
  fc.record({ variantId: fc.constantFrom(...variants, 'unknown'), quantity: fc.integer({ min: 1, max: 6 }) }),
  { selector: (line) => line.variantId, minLength: 1, maxLength: 3 },
);
const request: fc.Arbitrary<StockRequest> = fc
  .record({
    tenantId: fc.constantFrom(...tenants),
    orderId: fc.constantFrom('o1', 'o2', 'o3', 'o4', 'o5', 'o6'),
    number: fc.integer({ min: 1, max: 4 }),
    lines,
    isPlace: fc.boolean(),
  })
  .map(({ tenantId, orderId, number, lines: asked, isPlace }) => {
    const about = { tenantId, orderId, request: number, cause: {} };
    return isPlace
      ? { kind: 'place', ...about, lines: mergeLines(asked) }
      : { kind: 'cancel', ...about, reason: 'order_cancelled' };
  });
const requests = fc.array(request, { maxLength: 30 });
const stock = fc.tuple(...variants.flatMap(() => places.map(() => fc.integer({ min: 0, max: 5 }))));

/** The state without versions: a batch raises a level's version once, one by one each time. */
function stateOf({ levels, reservations, movements }: World) {
  return {
    levels: [...levels.values()].map(({ version: _version, ...level }) => level),
    reservations: [...reservations.entries()].sort(([a], [b]) => (a < b ? -1 : 1)),
    movements: movements.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

describe('reservations', () => {
  it('keep every law of stock after any batches', () => {
    fc.assert(
      fc.property(stock, fc.array(requests, { maxLength: 4 }), (onHand, batches) => {
        const world = applyAll(newWorld(onHand), batches);
        checkLaws(world);
        checkWhole(world);
      }),
    );
  });

  it('come out of one batch as of one by one', () => {
    fc.assert(
      fc.property(stock, requests, (onHand, all) => {
        const together = apply(newWorld(onHand), all);
        const oneByOne = applyAll(
          newWorld(onHand),
          all.map((one) => [one]),
        );
        expect(stateOf(together)).toEqual(stateOf(oneByOne));
      }),
    );
  });

  it('do nothing twice: what was applied can arrive again in any order', () => {
    const again = requests.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all)));
    fc.assert(
      fc.property(stock, again, (onHand, [all, repeated]) => {
        const once = apply(newWorld(onHand), all);
        const twice = apply(once, repeated);
        expect(stateOf(twice)).toEqual(stateOf(once));
      }),
    );
  });

  it('end at the greatest request, in whatever order an order and its cancellation arrive', () => {
    const orders = fc.array(fc.tuple(fc.constantFrom('o1', 'o2', 'o3'), lines), { minLength: 1, maxLength: 6 });
    const shuffled = orders
      .map((all) =>
        all.flatMap(([orderId, asked], n): StockRequest[] => {
          const about = { tenantId: 'ten_a', orderId: `${orderId}${n}`, cause: {} };
          return [
            { kind: 'place', ...about, request: 1, lines: mergeLines(asked) },
            { kind: 'cancel', ...about, request: 2, reason: 'order_cancelled' },
          ];
        }),
      )
      .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
    fc.assert(
      fc.property(stock, shuffled, (onHand, all) => {
        const world = apply(newWorld(onHand), all);
        checkLaws(world);
        expect([...world.levels.values()].every((level) => level.reserved === 0)).toBe(true);
      }),
    );
  });
});
