import { describe, expect, it } from 'vitest';
import type { Stamp } from '../values/command.ts';
import { makeEvent } from './event.ts';
import { eventTable, on } from './event-table.ts';
import { orderCancelled, orderConfirmed, orderPlaced, stockUpdated, userCreated } from './index.ts';

type Work = { said: string[] };
const table = eventTable<Work>([
  on(orderConfirmed, (event, { said }) => said.push(`confirmed ${event.data.lines.length}`)),
  on(orderCancelled, (event, { said }) => said.push(`cancelled ${event.data.reason}`)),
  on(stockUpdated, (event, { said }) => said.push(`stock ${event.data.available}`)),
  on(stockUpdated, (event, { said }) => said.push(`again ${event.data.available}`)),
]);

const order = { tenantId: 'ten_a', id: 'ord_1', version: 1 };
const stamp: Stamp = { now: new Date(0), newEventId: () => 'evt_1', cause: {} };
const change = { orderId: 'ord_1', customerId: null, status: 'PENDING', from: null, request: 1 } as const;
const total = { amount: 1, currency: 'EUR' };
const lines = [{ variantId: 'var_1', quantity: 1 }];
const placed = makeEvent(orderPlaced, order, stamp, { ...change, lines, total });
const confirmed = makeEvent(orderConfirmed, order, stamp, { ...change, status: 'CONFIRMED', lines, total });
const stock = makeEvent(stockUpdated, order, stamp, {
  variantId: 'var_1',
  locationId: 'loc_1',
  onHand: 3,
  reserved: 1,
  available: 2,
});

function saidOf(...events: (typeof placed)[]): string[] {
  const work: Work = { said: [] };
  for (const event of events) table.dispatch(event, work);
  return work.said;
}

describe('an event table', () => {
  it('tells what it handles, each event and each domain once', () => {
    expect(table.events).toEqual([orderConfirmed, orderCancelled, stockUpdated]);
    expect(table.domains).toEqual(['orders', 'inventory']);
  });

  it('hands an event to each of its handlers, in order, and others to none', () => {
    expect(saidOf(stock, placed, confirmed)).toEqual(['stock 2', 'again 2', 'confirmed 1']);
  });

  it('reads what it handles, with parsed data, and nothing else', () => {
    expect(table.read(JSON.stringify(confirmed))).toEqual(confirmed);
    expect(table.read(JSON.stringify(placed))).toBeUndefined();
    const user = makeEvent(userCreated, order, stamp, { userId: 'usr_1', role: 'OWNER' });
    expect(table.read(JSON.stringify(user))).toBeUndefined();
    const broken = { ...confirmed, data: { ...confirmed.data, lines: 'none' } };
    expect(() => table.read(JSON.stringify(broken))).toThrow();
  });

  it('does not parse what it does not handle', () => {
    const text = JSON.stringify(placed);
    expect(table.read(text.slice(0, -1))).toBeUndefined();
    expect(() => table.read(JSON.stringify(confirmed).slice(0, -1))).toThrow();
  });

  it('is not misled by how or in which order somebody writes an event', () => {
    expect(table.read(JSON.stringify(confirmed, undefined, 2))).toEqual(confirmed);
    const { data, ...envelope } = confirmed;
    const nested = { ...data, note: { type: placed.type } };
    expect(table.read(JSON.stringify({ ...envelope, data: nested }))?.data).toEqual(nested);
    const { data: other, ...first } = placed;
    expect(table.read(JSON.stringify({ data: { ...other, type: confirmed.type }, ...first }))).toBeUndefined();
  });
});
