// Whatever commands come to stock in whatever order, the real deciders keep its laws: a level is the sum of its ledger
// at every sequence number, 0 <= reserved <= onHand, reserved is what reservations hold, and nothing appears or
// disappears but by adjustments, counts and shortages.
import { keyText, newId } from '@holdfast/shared/values';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toStockCommand as toAdjustment } from '../adjustments/create-adjustment.ts';
import { type Location, mainLocationIdOf, newLocation, removeLocation } from '../locations/location.ts';
import { heldBy, type Reservation } from '../reservations/reservation.ts';
import { reserveStock } from '../reservations/reserve-stock.ts';
import { mergeLines, type StockRequest } from '../reservations/stock-request.ts';
import { toStockCommand as toStep } from '../transfers/move-transfer.ts';
import { newTransfer, type Transfer, type TransferStep } from '../transfers/transfer.ts';
import { noteArrivals } from './arrivals.ts';
import type { Movement } from './movement.ts';
import { openBook } from './stock-book.ts';
import { openDocuments, type StockDocument } from './stock-documents.ts';
import { levelIdOf, type StockLevel } from './stock-level.ts';
import type { StockCommand } from './stock-writer.ts';

const tenantId = 'ten_a';
const now = new Date('2026-01-02T03:04:05.678Z');
const main = mainLocationIdOf(tenantId);
const places = [main, 'loc_b', 'loc_c'];
const variants = ['v1', 'v2'];
const caller = { tenantId, userId: 'usr_1' };
const stamp = { now, newEventId: () => newId('evt'), cause: {} };

type Documents = Record<'locations' | 'transfers' | 'adjustments', Map<string, StockDocument>>;
type World = {
  levels: Map<string, StockLevel>;
  documents: Documents;
  reservations: Map<string, Reservation>;
  movements: Movement[];
  /** Units that came by hand, less those that went. */
  adjusted: number;
  refusals: number;
};

function newWorld(): World {
  const located = places.map((id, n) =>
    newLocation({ id, tenantId, name: id, priority: n + 1, createdAt: now, creation: null }),
  );
  const levels = variants.map((variantId): StockLevel => {
    const id = levelIdOf(tenantId, variantId, main);
    const numbers = { onHand: 0, reserved: 0, version: 1, sequence: 0 };
    return { id, tenantId, variantId, locationId: main, ...numbers, movedAt: new Date(0) };
  });
  return {
    levels: new Map(levels.map((level) => [level.id, level])),
    documents: {
      locations: new Map(located.map((one) => [one.id, one])),
      transfers: new Map(),
      adjustments: new Map(),
    },
    reservations: new Map(),
    movements: [],
    adjusted: 0,
    refusals: 0,
  };
}

/** Stores what the book and the documents hold, as the writers do. */
function store(world: World, book: ReturnType<typeof openBook>, documents?: ReturnType<typeof openDocuments>): void {
  for (const { before, after } of book.levelChanges()) {
    expect(world.levels.get(after.id)).toBe(before);
    world.levels.set(after.id, after);
  }
  for (const [name, stored] of Object.entries(world.documents)) {
    for (const { after } of documents?.changes<StockDocument>({ name }) ?? []) stored.set(after.id, after);
  }
  world.movements.push(...book.movements());
}

/** Runs a command as the stock writer does: nothing of a refused one is stored. */
function run(world: World, command: StockCommand<unknown>): void {
  const book = openBook(world.levels.values(), now);
  const documents = openDocuments(
    new Map(Object.entries(world.documents).map(([name, stored]) => [name, stored.values()])),
  );
  try {
    command.decide(book, documents, now);
  } catch {
    world.refusals += 1;
    expect([book.levelChanges(), book.movements()]).toEqual([[], []]);
    return;
  }
  noteArrivals(book, documents);
  for (const { kind, onHandDelta } of book.movements()) if (kind !== 'transfer') world.adjusted += onHandDelta;
  store(world, book, documents);
}

function reserve(world: World, request: StockRequest): void {
  const book = openBook(world.levels.values(), now);
  const locations = [...world.documents.locations.values()] as Location[];
  const priorities = new Map(locations.map(({ id, priority }) => [id, priority]));
  const changes = reserveStock([request], book, world.reservations, { ...stamp, priorities });
  for (const { after } of changes) world.reservations.set(keyText(tenantId, after.id), after);
  store(world, book);
}

const variant = fc.constantFrom(...variants);
const place = fc.constantFrom(...places);
const orderId = fc.constantFrom('o1', 'o2', 'o3', 'o4');
const lines = fc.array(fc.record({ variantId: variant, quantity: fc.integer({ min: 1, max: 4 }) }), {
  minLength: 1,
  maxLength: 3,
});
type Act = (world: World, n: number) => void;

const adjust: fc.Arbitrary<Act> = fc
  .record({
    variantId: variant,
    locationId: place,
    change: fc.oneof(
      fc.record({ kind: fc.constant('delta' as const), delta: fc.integer({ min: -4, max: 8 }) }),
      fc.record({ kind: fc.constant('count' as const), count: fc.nat(8), expectedOnHand: fc.nat(8) }),
    ),
  })
  .map((fields) => (world, n) => {
    const key = { key: `k${n}`, requestHash: 'h' };
    const command = { caller, requestKey: key, adjustmentId: `adj_${n}`, reason: 'found' as const, cause: {} };
    run(world, toAdjustment({ ...command, ...fields }));
  });
const plan: fc.Arbitrary<Act> = fc
  .record({ from: place, to: place, lines })
  .filter(({ from, to }) => from !== to)
  .map(({ from, to, lines: asked }) => ({ documents }, n) => {
    const facts = { id: `tra_${n}`, tenantId, fromLocationId: from, toLocationId: to, lines: asked };
    documents.transfers.set(facts.id, newTransfer({ ...facts, createdBy: 'usr_1', createdAt: now, creation: null }));
  });
const step: fc.Arbitrary<Act> = fc
  .record({
    which: fc.nat(),
    to: fc.constantFrom<TransferStep['to']>('SHIPPED', 'SHIPPED', 'RECEIVED', 'CANCELLED'),
    arrived: fc.option(fc.array(fc.nat(4), { minLength: 2, maxLength: 2 })),
  })
  .map(({ which, to, arrived }) => (world) => {
    const transfers = [...world.documents.transfers.values()] as Transfer[];
    const transfer = transfers[which % Math.max(1, transfers.length)];
    if (transfer === undefined) return;
    const own = arrived?.flatMap((quantity, v) => ({ variantId: variants[v]!, quantity }));
    const command = { tenantId, transferId: transfer.id, to, by: 'usr_1', lines: own, cause: {} };
    run(world, toStep(command, transfer));
  });
const order: fc.Arbitrary<Act> = fc
  .record({ orderId, request: fc.integer({ min: 1, max: 5 }), asked: lines, isPlace: fc.boolean() })
  .map(({ orderId: id, request, asked, isPlace }) => (world) => {
    const about = { tenantId, orderId: id, request, cause: {} };
    reserve(
      world,
      isPlace
        ? { ...about, kind: 'place', lines: mergeLines(asked) }
        : { ...about, kind: 'cancel', reason: 'order_cancelled' },
    );
  });
/** A location goes where nothing lies and nothing is on the way, as delete-location.ts has it. */
const remove: fc.Arbitrary<Act> = fc.constantFrom('loc_b', 'loc_c').map((id) => ({ levels, documents }) => {
  const location = documents.locations.get(id) as Location;
  const lies = [...levels.values()].some(({ locationId, onHand }) => locationId === id && onHand > 0);
  const isOnTheWay = ([...documents.transfers.values()] as Transfer[]).some(
    ({ status, fromLocationId, toLocationId }) => status === 'SHIPPED' && [fromLocationId, toLocationId].includes(id),
  );
  if (location.deletedAt === null && !lies && !isOnTheWay) {
    documents.locations.set(id, removeLocation(location, stamp).after);
  }
});
const acts = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: adjust },
    { weight: 3, arbitrary: plan },
    { weight: 6, arbitrary: step },
    { weight: 4, arbitrary: order },
    { weight: 1, arbitrary: remove },
  ),
  { minLength: 20, maxLength: 40 },
);

/** Each level is what its movements lead to, one after the other. */
function expectLedger({ levels, movements, reservations, documents }: World): void {
  for (const level of levels.values()) {
    const isHere = (one: { variantId: string; locationId: string }) =>
      one.variantId === level.variantId && one.locationId === level.locationId;
    const replayed = { onHand: 0, reserved: 0 };
    const own = movements.filter(isHere);
    own.forEach((movement, n) => {
      replayed.onHand += movement.onHandDelta;
      replayed.reserved += movement.reservedDelta;
      expect(movement.sequence).toBe(n + 1);
      expect(movement).toMatchObject({ onHandAfter: replayed.onHand, reservedAfter: replayed.reserved });
      expect(0 <= replayed.reserved && replayed.reserved <= replayed.onHand).toBe(true);
    });
    expect(level).toMatchObject({ ...replayed, sequence: own.length });
    const held = [...reservations.values()].flatMap(heldBy).filter(isHere);
    expect(held.reduce((sum, one) => sum + one.quantity, 0)).toBe(level.reserved);
    const location = documents.locations.get(level.locationId) as Location;
    if (location.deletedAt !== null) expect(level.onHand).toBe(0);
  }
  expect(new Set(movements.map(({ id }) => id)).size).toBe(movements.length);
}

/** On hand, on the way and lost on the way are together what came by hand. */
function expectNothingLost({ levels, documents, adjusted }: World): void {
  const onHand = [...levels.values()].reduce((sum, level) => sum + level.onHand, 0);
  const away = ([...documents.transfers.values()] as Transfer[]).flatMap(({ status, lines: moved }) =>
    moved.map(({ quantity, shortage = 0 }) => (status === 'SHIPPED' ? quantity : shortage)),
  );
  expect(onHand + away.reduce((sum, units) => sum + units, 0)).toBe(adjusted);
}

describe('stock', () => {
  it('keeps its laws after every act of any sequence', () => {
    let [moved, refused] = [0, 0];
    fc.assert(
      fc.property(acts, (all) => {
        const world = newWorld();
        all.forEach((act, n) => {
          act(world, n);
          expectNothingLost(world);
        });
        expectLedger(world);
        moved += world.movements.length;
        refused += world.refusals;
      }),
      { numRuns: 150 },
    );
    expect(Math.min(moved, refused)).toBeGreaterThan(100);
  });
});
