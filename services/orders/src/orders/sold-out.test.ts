import {
  type DomainEvent,
  makeEvent,
  reservationHeld,
  reservationRejected,
  stockUpdated,
} from '@holdfast/shared/contracts';
import { stampNow } from '@holdfast/shared/values';
import { beforeEach, expect, it } from 'vitest';
import { stockChanges } from './on-stock-changed.ts';
import { createSoldOut, type SoldOut } from './sold-out.ts';

let nowMs: number;
let soldOut: SoldOut;
beforeEach(() => {
  nowMs = Date.parse('2026-01-01T00:00:00Z');
  soldOut = createSoldOut({ now: () => new Date(nowMs) });
});

/** As the tail of inventory's stream does. */
const hear = (event: DomainEvent) => stockChanges.dispatch(stockChanges.read(JSON.stringify(event))!, soldOut);

const lines = [
  { variantId: 'var_a', quantity: 2 },
  { variantId: 'var_b', quantity: 1 },
];
const stampAt = (now = new Date(nowMs)) => stampNow({ now: () => now });
const stock = (available: number, tenantId = 'ten_a', time?: Date): DomainEvent => {
  const data = { variantId: 'var_a', locationId: 'loc_a', onHand: available, reserved: 0, available };
  return makeEvent(stockUpdated, { tenantId, id: 's', version: 1 }, stampAt(time), data);
};
const rejected = (): DomainEvent => {
  const data = { orderId: 'ord_a', request: 1, shortages: [{ variantId: 'var_a', requested: 3, available: 0 }] };
  return makeEvent(reservationRejected, { tenantId: 'ten_a', id: 's', version: 1 }, stampAt(), data);
};

it('knows for one second what an event said, of that tenant only', () => {
  expect(soldOut.shortagesOf('ten_a', lines)).toEqual([]);
  hear(stock(0));
  expect(soldOut.shortagesOf('ten_a', lines)).toEqual([{ variantId: 'var_a', requested: 2, available: 0 }]);
  expect(soldOut.shortagesOf('ten_b', lines)).toEqual([]);
  nowMs += 1_000;
  expect(soldOut.shortagesOf('ten_a', lines)).toEqual([]);
});

it('is learned again from a refused reservation, and forgotten when stock comes back', () => {
  hear(rejected());
  expect(soldOut.shortagesOf('ten_a', lines)).toHaveLength(1);
  const back = stock(5);
  hear(back);
  expect(soldOut.shortagesOf('ten_a', lines)).toEqual([]);
});

it('knows a variant that lies at several locations as sold out when none has any left', () => {
  const at = (locationId: string, available: number, version: number, elsewhere: number) => {
    const numbers = { onHand: available, reserved: 0, available };
    const others = [{ locationId: 'loc_b', onHand: elsewhere, reserved: 0, available: elsewhere, version: 1 }];
    const data = { variantId: 'var_a', locationId, ...numbers, ...(locationId === 'loc_b' ? {} : { others }) };
    return makeEvent(stockUpdated, { tenantId: 'ten_a', id: locationId, version }, stampAt(), data);
  };
  hear(at('loc_a', 0, 2, 3));
  expect(soldOut.shortagesOf('ten_a', lines)).toEqual([]);
  hear(at('loc_b', 0, 2, 0));
  expect(soldOut.shortagesOf('ten_a', lines)).toHaveLength(1);
  // Decided beside the one before: what it says of the other location is older than what is known.
  hear(at('loc_a', 0, 3, 3));
  expect(soldOut.shortagesOf('ten_a', lines)).toHaveLength(1);
  hear(at('loc_a', 1, 4, 0));
  expect(soldOut.shortagesOf('ten_a', lines)).toEqual([]);
});

it('counts the second from the event, not from its arrival, and not from a clock that runs ahead', () => {
  hear(stock(0, 'ten_a', new Date(nowMs - 900)));
  nowMs += 101;
  expect(soldOut.shortagesOf('ten_a', lines)).toEqual([]);
  hear(stock(0, 'ten_a', new Date(nowMs + 60_000)));
  nowMs += 1_000;
  expect(soldOut.shortagesOf('ten_a', lines)).toEqual([]);
});

it('asks inventory for a second after an order let go', () => {
  hear(stock(0));
  soldOut.release('ten_a', ['var_a']);
  hear(rejected());
  expect(soldOut.shortagesOf('ten_a', lines)).toEqual([]);
  nowMs += 1_000;
  hear(rejected());
  expect(soldOut.shortagesOf('ten_a', lines)).toHaveLength(1);
});

it('hears of levels and refusals, and of nothing else', () => {
  const told = (event: DomainEvent) => stockChanges.read(JSON.stringify(event));
  expect([told(stock(7)), told(stock(0)), told(rejected())].every(Boolean)).toBe(true);
  const data = { orderId: 'ord_a', request: 1, allocations: [] };
  expect(told(makeEvent(reservationHeld, { tenantId: 'ten_a', id: 's', version: 1 }, stampAt(), data))).toBeUndefined();
});
