// A model of orders that is as plain as can be, and a world in which inventory follows it by events only.
import type { DomainEvent } from '@holdfast/shared/contracts';
import { keyText, newId } from '@holdfast/shared/values';
import { expect } from 'vitest';
import {
  cancelledEvent,
  demandEvent,
  placedEvent,
  receivedEvent,
  resentEvent,
  shippedEvent,
  type Units,
} from '../inventory-streams.fixture.ts';
import { mainLocationIdOf, newLocation } from '../locations/location.ts';
import { handled } from '../on-batch.ts';
import { locationKind, noteArrivals } from '../stock/arrivals.ts';
import type { Movement } from '../stock/movement.ts';
import { openBook } from '../stock/stock-book.ts';
import { openDocuments } from '../stock/stock-documents.ts';
import { levelIdOf, type StockLevel } from '../stock/stock-level.ts';
import { type Allocation, heldBy, type Line, type Reservation } from './reservation.ts';
import { reserveStock } from './reserve-stock.ts';
import { mergeAllocations, type StockRequest } from './stock-request.ts';

const tenantId = 'ten_a';
const variants = ['v1', 'v2'];
const places = [mainLocationIdOf(tenantId), 'loc_b'];
const gone = 'loc_gone';
const now = new Date('2026-01-02T03:04:05.678Z');

type Status = 'PENDING' | 'CONFIRMED' | 'SHIPPED' | 'REJECTED' | 'EXPIRED' | 'CANCELLED';
type Order = {
  id: string;
  status: Status;
  request: number;
  lines: Line[];
  pending: { event: DomainEvent; kind: 'place' | 'edit' | 'revive'; lines: Line[] } | undefined;
  allocations: readonly Allocation[];
  parcels: { fulfilmentId: string; lines: Units[] }[];
  returns: { returnId: string; lines: (Units & { restock: boolean })[] }[];
};
export type World = ReturnType<typeof createWorld>;

const sumOf = (lines: readonly Line[], variantId: string) =>
  lines.reduce((sum, line) => (line.variantId === variantId ? sum + line.quantity : sum), 0);
const linesOf = (units: readonly number[]): Line[] =>
  units.flatMap((quantity, n) => (quantity > 0 ? [{ variantId: variants[n]!, quantity }] : []));

/** Orders as its documentation tells it: what may follow what, and what is published of it. */
function createOrders(publish: (event: DomainEvent) => void) {
  const orders = new Map<number, Order>();
  const shippedOf = (order: Order) => order.parcels.flatMap(({ lines }) => lines);
  const outstandingOf = (order: Order): Line[] =>
    order.lines.flatMap(({ variantId, quantity }) => {
      const rest = quantity - sumOf(shippedOf(order), variantId);
      return rest > 0 ? [{ variantId, quantity: rest }] : [];
    });
  const isHolding = ({ status, pending }: Order) => status === 'CONFIRMED' && pending === undefined;
  const demand = (order: Order, kind: 'place' | 'edit' | 'revive', lines: Line[]) => {
    const { id: orderId, request } = order;
    const event =
      kind === 'edit'
        ? demandEvent('edit', { tenantId, orderId, lines, request })
        : placedEvent(tenantId, orderId, lines, request);
    order.pending = { event, kind, lines };
    publish(event);
  };
  const end = (order: Order, status: Status, event: (request: number) => DomainEvent) => {
    Object.assign(order, { status, request: order.request + 1, pending: undefined });
    publish(event(order.request));
  };
  const withOrder = (n: number, isRight: (order: Order) => boolean, change: (order: Order) => void) => {
    const order = orders.get(n);
    if (order !== undefined && isRight(order)) change(order);
  };

  return {
    all: () => [...orders.values()],
    outstandingOf,
    isHolding,

    place(n: number, units: readonly number[]) {
      const lines = linesOf(units);
      if (orders.has(n) || lines.length === 0) return;
      const facts = { pending: undefined, allocations: [], parcels: [], returns: [] };
      const order: Order = { id: `ord_${n}`, status: 'PENDING', request: 1, lines, ...facts };
      orders.set(n, order);
      demand(order, 'place', lines);
    },
    edit(n: number, units: readonly number[]) {
      const lines = linesOf(units);
      withOrder(
        n,
        (order) => lines.length > 0 && isHolding(order) && order.parcels.length === 0,
        (order) => {
          order.request += 1;
          demand(order, 'edit', lines);
        },
      );
    },
    cancel(n: number) {
      withOrder(
        n,
        ({ status, parcels }) => (status === 'PENDING' || status === 'CONFIRMED') && parcels.length === 0,
        (order) => end(order, 'CANCELLED', (request) => cancelledEvent(tenantId, order.id, request)),
      );
    },
    expire(n: number) {
      withOrder(
        n,
        (order) => isHolding(order) && order.parcels.length === 0,
        (order) => {
          const { id: orderId } = order;
          end(order, 'EXPIRED', (request) => demandEvent('expired', { tenantId, orderId, lines: [], request }));
        },
      );
    },
    revive(n: number) {
      withOrder(
        n,
        ({ status }) => status === 'EXPIRED',
        (order) => {
          Object.assign(order, { status: 'PENDING', request: order.request + 1 });
          demand(order, 'revive', order.lines);
        },
      );
    },
    ship(n: number, units: readonly number[], pick: number) {
      withOrder(n, isHolding, (order) => {
        const gone = shippedOf(order);
        const open = order.allocations.flatMap((one) => {
          const left = gone.filter((line) => line.variantId === one.variantId && line.locationId === one.locationId);
          const quantity = one.quantity - sumOf(left, one.variantId);
          return quantity > 0 ? [{ ...one, quantity }] : [];
        });
        const lines = open.flatMap((one, at) => {
          const quantity = Math.min(one.quantity, pick > 8 ? one.quantity : (units[at % units.length] ?? 0));
          return quantity > 0 ? [{ ...one, quantity }] : [];
        });
        if (lines.length === 0) return;
        const fulfilmentId = `ful_${order.id}_${order.parcels.length}`;
        order.parcels.push({ fulfilmentId, lines });
        publish(shippedEvent(tenantId, order.id, fulfilmentId, lines));
        if (outstandingOf(order).length === 0) order.status = 'SHIPPED';
      });
    },
    cancelRest(n: number) {
      withOrder(
        n,
        (order) => isHolding(order) && order.parcels.length > 0,
        (order) => {
          const { id: orderId } = order;
          const lines = outstandingOf(order);
          end(order, 'SHIPPED', (request) => demandEvent('rest', { tenantId, orderId, lines, request }));
        },
      );
    },
    takeBack(n: number, units: readonly number[], { place, isSold }: { place: number; isSold: boolean }) {
      withOrder(
        n,
        ({ parcels }) => parcels.length > 0,
        (order) => {
          const back = order.returns.flatMap(({ lines }) => lines);
          const lines = variants.flatMap((variantId, at) => {
            const open = sumOf(shippedOf(order), variantId) - sumOf(back, variantId);
            const quantity = Math.min(open, units[at] ?? 0);
            const locationId = [...places, gone][place]!;
            return quantity > 0 ? [{ variantId, locationId, quantity, restock: isSold }] : [];
          });
          if (lines.length === 0) return;
          const returnId = `ret_${order.id}_${order.returns.length}`;
          order.returns.push({ returnId, lines });
          publish(receivedEvent(tenantId, order.id, returnId, lines));
        },
      );
    },
    remind(n: number) {
      withOrder(
        n,
        ({ pending }) => pending !== undefined,
        ({ pending }) => publish({ ...pending!.event, id: newId('evt') }),
      );
    },
    resend(n: number) {
      withOrder(
        n,
        () => true,
        (order) => {
          const { id: orderId, request, pending, parcels: fulfilments, returns } = order;
          const isOpen = order.status === 'CONFIRMED' && fulfilments.length > 0;
          const status = isOpen ? ('PARTIALLY_SHIPPED' as const) : order.status;
          const lines = pending?.lines ?? (isHolding(order) ? outstandingOf(order) : []);
          const isPending = pending !== undefined;
          publish(resentEvent({ tenantId, orderId, status, request, lines, isPending, fulfilments, returns }));
        },
      );
    },
    /** Applies what inventory has answered, where it answers what is asked now. */
    answer({ type, data }: DomainEvent) {
      const order = [...orders.values()].find(({ id }) => id === data.orderId);
      const { pending } = order ?? {};
      if (order === undefined || pending === undefined || order.request !== data.request) return;
      order.pending = undefined;
      if (type.includes('.held.')) {
        Object.assign(order, { status: 'CONFIRMED', lines: pending.lines, allocations: data.allocations });
        return;
      }
      if (pending.kind === 'place') order.status = 'REJECTED';
      if (pending.kind !== 'revive') return;
      const { id: orderId, request } = order;
      order.status = 'EXPIRED';
      publish(demandEvent('expired', { tenantId, orderId, lines: [], request }));
    },
  };
}

type Stored = { levels: Map<string, StockLevel>; reservations: Map<string, Reservation>; movements: Movement[] };
type Applied = Stored & { answers: DomainEvent[] };

/** One batch, as the batch handler decides and stores it. */
function apply(stored: Stored, events: readonly DomainEvent[]): Applied {
  const requests: StockRequest[] = [];
  const work = { now, settings: [], locations: [], items: [], openings: [], requests };
  for (const event of events) handled.dispatch(event, work);
  const book = openBook(stored.levels.values(), now);
  const about = { tenantId, priority: 1, createdAt: now, creation: null };
  const live = newLocation({ ...about, id: places[1]!, name: 'b' });
  const deleted = { ...newLocation({ ...about, id: gone, name: 'gone' }), deletedAt: now };
  const documents = openDocuments(new Map([[locationKind.name, [live, deleted]]]));
  const priorities = new Map([[places[1]!, 2]]);
  const options = { now, newEventId: () => newId('evt'), documents, priorities };
  const changes = reserveStock(requests, book, stored.reservations, options);
  noteArrivals(book, documents);
  const levels = new Map(stored.levels);
  for (const { after } of book.levelChanges()) levels.set(after.id, after);
  const reservations = new Map(stored.reservations);
  for (const { before, after, events: own } of changes) {
    // Each version of a reservation is published, and nothing else.
    const versions = new Set(own.map(({ aggregateversion }) => aggregateversion));
    for (let n = (before?.version ?? 0) + 1; n <= after.version; n += 1) expect(versions).toContain(n);
    reservations.set(keyText(tenantId, after.id), after);
  }
  const answers = changes.flatMap(({ events: own }) => own);
  return { levels, reservations, movements: [...stored.movements, ...book.movements()], answers };
}

/** Inventory with this much of each variant at each place, and orders without any. */
export function createWorld(onHand: readonly number[]) {
  const stream: DomainEvent[] = [];
  const orders = createOrders((event) => stream.push(event));
  const initial = new Map<string, number>();
  let stored: Stored = { levels: new Map(), reservations: new Map(), movements: [] };
  variants.forEach((variantId, n) => {
    places.forEach((locationId, m) => {
      const units = onHand[n * places.length + m]!;
      // A location that never had any has no level either.
      if (units === 0 && m > 0) return;
      const id = levelIdOf(tenantId, variantId, locationId);
      initial.set(id, units);
      const numbers = { onHand: units, reserved: 0, version: 1, sequence: 0 };
      stored.levels.set(id, { id, tenantId, variantId, locationId, ...numbers, movedAt: new Date(0) });
    });
  });
  const answers: DomainEvent[] = [];
  /** Of events that were applied at least once. */
  const applied = new Map<string, DomainEvent>();
  let read = 0;
  const take = (events: readonly DomainEvent[]) => {
    const { answers: own, ...after } = apply(stored, events);
    stored = after;
    answers.push(...own);
    for (const event of events) applied.set(event.id, event);
  };

  /** What has left each level and come back to it, by what was applied. */
  function moved(): Map<string, number> {
    const parcels = new Map<string, readonly Units[]>();
    const returns = new Map<string, readonly (Units & { restock: boolean })[]>();
    for (const { data } of applied.values()) {
      const told = data as Partial<Order> & Record<string, unknown>;
      if (told.fulfilmentId) parcels.set(String(told.fulfilmentId), told.lines as Units[]);
      if (told.returnId) returns.set(String(told.returnId), told.lines as never);
      for (const one of (told.fulfilments ?? []) as Order['parcels']) parcels.set(one.fulfilmentId, one.lines);
      for (const one of told.returns ?? []) returns.set(one.returnId, one.lines);
    }
    const units = new Map(initial);
    const add = ({ variantId, locationId }: Units, delta: number) => {
      const id = levelIdOf(tenantId, variantId, locationId === gone ? places[0]! : locationId);
      units.set(id, (units.get(id) ?? 0) + delta);
    };
    for (const lines of parcels.values()) for (const line of lines) add(line, -line.quantity);
    for (const lines of returns.values()) for (const line of lines) if (line.restock) add(line, line.quantity);
    return units;
  }

  return {
    orders,
    told: () => stream,
    /** Inventory reads so many events as one batch. */
    deliver(count: number) {
      const batch = stream.slice(read, read + count);
      read += batch.length;
      take(batch);
    },
    /** A batch is decided and lost before it is stored. */
    crash(count: number) {
      apply(stored, stream.slice(read, read + count));
    },
    /** Events of before come once more, behind what was read. */
    repeat(pick: number) {
      if (read > 0) take([stream[pick % read]!, stream[(pick * 7) % read]!]);
    },
    answer(count: number) {
      for (const event of answers.splice(0, count)) orders.answer(event);
    },
    /** Everything that is on its way arrives. */
    settle() {
      while (read < stream.length || answers.length > 0) {
        this.deliver(stream.length);
        this.answer(answers.length);
      }
    },

    /** I1 to I3: levels are their ledgers, what has moved, and what is held; nothing moved twice. */
    checkStock() {
      const units = moved();
      const { levels, reservations, movements } = stored;
      const held = mergeAllocations([...reservations.values()].flatMap(heldBy));
      for (const level of levels.values()) {
        const own = movements.filter((one) => one.variantId === level.variantId && one.locationId === level.locationId);
        own.forEach(({ sequence }, n) => {
          expect(sequence).toBe(n + 1);
        });
        const reserved = own.reduce((sum, { reservedDelta }) => sum + reservedDelta, 0);
        const sum = own.reduce((total, { onHandDelta }) => total + onHandDelta, initial.get(level.id) ?? 0);
        expect(level).toMatchObject({ onHand: sum, reserved, sequence: own.length });
        expect(level.onHand).toBe(units.get(level.id) ?? 0);
        expect(level.reserved).toBeLessThanOrEqual(level.onHand);
        const here = held.filter((one) => one.variantId === level.variantId && one.locationId === level.locationId);
        expect(sumOf(here, level.variantId)).toBe(level.reserved);
      }
      expect(new Set(movements.map(({ id }) => id)).size).toBe(movements.length);
    },

    /** I4: when nothing is on its way, reservations are what orders demand and have shipped. */
    checkDemands() {
      for (const order of orders.all()) {
        const reservation = stored.reservations.get(keyText(tenantId, order.id))!;
        const wanted = orders.isHolding(order) ? orders.outstandingOf(order) : [];
        for (const variantId of variants) {
          expect(sumOf(heldBy(reservation), variantId)).toBe(sumOf(wanted, variantId));
        }
        expect(order.pending).toBeUndefined();
        expect(reservation.request).toBe(order.request);
        expect((reservation.parcels ?? []).map(({ id }) => id)).toEqual(order.parcels.map((one) => one.fulfilmentId));
        const restocked = order.returns.filter(({ lines }) => lines.some(({ restock }) => restock));
        expect((reservation.restocks ?? []).map(({ id }) => id)).toEqual(restocked.map(({ returnId }) => returnId));
      }
    },
  };
}
