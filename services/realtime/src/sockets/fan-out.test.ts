// What reaches which room, and in which order.
import { randomBytes } from 'node:crypto';
import {
  type DomainEvent,
  importProgressed,
  makeEvent,
  orderCancelled,
  stockUpdated,
  variantArchived,
  variantUpdated,
} from '@holdfast/shared/contracts';
import type { Stamp } from '@holdfast/shared/values';
import { describe, expect, it } from 'vitest';
import { createFanOut } from './fan-out.ts';
import { createLogCursors } from './log-cursor.ts';

type Sent = { rooms: readonly string[]; name: string; message: Record<string, unknown> };

function setUp() {
  const sent: Sent[] = [];
  const timers: (() => void)[] = [];
  const cursors = createLogCursors('a secret', randomBytes);
  const onSale = new Set(['var_1']);
  const fanOut = createFanOut({
    emitter: {
      hasListeners: () => true,
      emit: (rooms, name, message) => void sent.push({ rooms, name, message: message as Record<string, unknown> }),
    },
    cursors,
    forSale: {
      onVariant: ({ id, forSale }) => void (forSale ? onSale.add(id) : onSale.delete(id)),
      isForSale: (_tenantId, variantId) => onSale.has(variantId),
    },
    clock: {
      after(_ms, work) {
        timers.push(work);
        return () => {};
      },
    },
  });
  /** Ends all windows that are open now. */
  const pass = () => {
    for (const work of timers.splice(0)) work();
  };
  return { sent, fanOut, pass, cursors };
}

let ids = 0;
const stamp: Stamp = { now: new Date(0), newEventId: () => `evt_${++ids}`, cause: {} };
function event(sequence: number, made: DomainEvent): DomainEvent {
  return { ...made, sequence };
}
function stock(version: number, available: number, variantId = 'var_1'): DomainEvent {
  const data = { variantId, locationId: 'loc_1', onHand: available + 1, reserved: 1, available };
  return makeEvent(stockUpdated, { tenantId: 'ten_1', id: variantId, version }, stamp, data);
}
function variant(
  version: number,
  forSale: boolean,
  definition: typeof variantUpdated | typeof variantArchived = variantUpdated,
): DomainEvent {
  const about = { variantId: 'var_1', productId: 'prd_1', productName: 'Cap', sku: 'CAP-1', options: {} };
  const data = { ...about, price: { amount: 1, currency: 'EUR' }, forSale };
  return makeEvent(definition, { tenantId: 'ten_1', id: 'var_1', version }, stamp, data);
}
function cancelled(version: number, customerId: string | null = 'usr_1'): DomainEvent {
  const change = { orderId: 'ord_1', customerId, status: 'CANCELLED', from: 'CONFIRMED', request: 2 } as const;
  const data = { ...change, reason: 'requested' as const, lines: [] };
  return makeEvent(orderCancelled, { tenantId: 'ten_1', id: 'ord_1', version }, stamp, data);
}

describe('fan-out', () => {
  it('tells of a variant what all locations have together', () => {
    const { sent, fanOut, pass } = setUp();
    const at = (locationId: string, version: number, available: number, others?: object[]): DomainEvent => {
      const data = { variantId: 'var_1', locationId, onHand: available, reserved: 0, available, others } as never;
      return makeEvent(stockUpdated, { tenantId: 'ten_1', id: locationId, version }, stamp, data);
    };
    const other = { locationId: 'loc_2', onHand: 5, reserved: 1, available: 4, version: 9 };
    fanOut.onEvent(event(1, at('loc_1', 3, 0, [other])));
    expect(sent[0]!.message).toMatchObject({ onHand: 5, reserved: 1, available: 4, version: 12 });
    expect(sent[2]!.message).toMatchObject({ available: 4 });
    pass();
    fanOut.onEvent(event(2, at('loc_2', 10, 0)));
    expect(sent.at(-1)!.message).toMatchObject({ available: 0, version: 13 });
  });

  it('sends exact stock to staff and capped stock, sealed, to customers', () => {
    const { sent, fanOut, cursors } = setUp();
    fanOut.onEvent(event(7, stock(3, 50)));
    expect(sent.map(({ rooms, name }) => [rooms, name])).toEqual([
      [['tenant:ten_1:staff:stock'], 'stockUpdated:ten_1'],
      [['tenant:ten_1:variant:var_1:staff'], 'stock.updated'],
      [['tenant:ten_1:variant:var_1'], 'stock.updated'],
    ]);
    expect(sent[0]!.message).toMatchObject({ available: 50, onHand: 51, reserved: 1, sequence: 7, version: 3 });
    const { cursor, ...shown } = sent[2]!.message;
    expect(shown).toEqual({
      eventId: expect.any(String),
      version: 3,
      time: expect.any(String),
      variantId: 'var_1',
      available: 10,
    });
    expect(cursors.open('ten_1', String(cursor))).toBe(7);
    expect(cursors.open('ten_2', String(cursor))).toBeUndefined();
  });

  it('tells customers nothing of a variant that is not for sale, also not at the end of its window; staff hear all', () => {
    const { sent, fanOut, pass } = setUp();
    const heard = (room: string) =>
      sent.filter(({ rooms }) => rooms.includes(room)).map(({ message }) => message.version);
    // The level has an aggregate of its own, with versions of its own.
    const level = (sequence: number, version: number) => event(sequence, { ...stock(version, 5), subject: 'lvl_1' });
    fanOut.onEvent(event(1, variant(2, false)));
    fanOut.onEvent(level(2, 1));
    expect(sent.map(({ rooms }) => rooms)).toEqual([
      ['tenant:ten_1:staff:stock'],
      ['tenant:ten_1:variant:var_1:staff'],
    ]);
    pass();
    fanOut.onEvent(event(3, variant(3, true)));
    fanOut.onEvent(level(4, 2));
    fanOut.onEvent(level(5, 3));
    fanOut.onEvent(event(6, variant(4, false, variantArchived)));
    pass();
    expect(heard('tenant:ten_1:variant:var_1')).toEqual([2]);
    expect(heard('tenant:ten_1:staff:stock')).toEqual([1, 2, 3]);
  });

  it('sends an order to staff and to the rooms of its customer only', () => {
    const { sent, fanOut } = setUp();
    fanOut.onEvent(event(1, cancelled(2)));
    expect(sent.map(({ rooms }) => rooms)).toEqual([
      ['tenant:ten_1:staff'],
      ['tenant:ten_1:user:usr_1', 'tenant:ten_1:order:ord_1:user:usr_1'],
    ]);
    expect(sent[1]!.message).toMatchObject({ orderId: 'ord_1', status: 'CANCELLED', from: 'CONFIRMED' });
    expect(sent[1]!.message).not.toHaveProperty('sequence');
    fanOut.onEvent(event(2, cancelled(3, null)));
    expect(sent).toHaveLength(3);
  });

  it('sends the latest value of a hot variant at the end of its window, at a place in the log that only grows', () => {
    const { sent, fanOut, pass } = setUp();
    for (let n = 1; n <= 5; n += 1) fanOut.onEvent(event(n, stock(n, 10 - n)));
    fanOut.onEvent(event(6, cancelled(2)));
    pass();
    const staff = sent.filter(({ rooms }) => rooms[0]!.startsWith('tenant:ten_1:staff')).map(({ message }) => message);
    expect(staff.map(({ version, sequence }) => [version, sequence])).toEqual([
      [1, 1],
      [2, 6],
      [5, 6],
    ]);
    pass();
    expect(sent.filter(({ name }) => name === 'stockUpdated:ten_1')).toHaveLength(2);
    fanOut.onEvent(event(7, stock(6, 1)));
    expect(sent.at(-1)!.message.version).toBe(6);
  });

  it('drops what it has sent already: an older version, an older place, an event without a place', () => {
    const { sent, fanOut, pass } = setUp();
    fanOut.onEvent(event(5, cancelled(3)));
    const before = sent.length;
    fanOut.onEvent(event(6, cancelled(3)));
    fanOut.onEvent(event(7, cancelled(2)));
    fanOut.onEvent(event(4, stock(1, 1)));
    fanOut.onEvent(stock(1, 1));
    pass();
    expect(sent).toHaveLength(before);
  });

  it('sends nothing of events that are not ours or say nothing to sockets', () => {
    const { sent, fanOut } = setUp();
    fanOut.onEvent(event(1, { ...stock(1, 1), data: { variantId: 7 } }));
    fanOut.onEvent(event(2, { ...cancelled(9), data: { orderId: 'ord_1', status: 'UNHEARD_OF' } }));
    fanOut.onEvent(event(3, { ...stock(1, 1), type: 'com.holdfast.product.created.v1' }));
    expect(sent).toEqual([]);
  });
});

describe('progress of a job', () => {
  const job = { tenantId: 'ten_1', id: 'imp_1', version: 4 };
  const data = { importId: 'imp_1', kind: 'products', createdBy: 'usr_1', status: 'running' } as const;
  const counts = { rowsRead: 2_000, rowsDone: 1_990, rowsFailed: 10 };
  const progressed = (sequence: number) =>
    event(sequence, makeEvent(importProgressed, job, stamp, { ...data, ...counts, rowsTotal: 5_000 }));

  it('reaches the staff, and who has asked for it', () => {
    const { sent, fanOut, cursors } = setUp();
    fanOut.onEvent(progressed(7));
    fanOut.onEvent(progressed(8));
    expect(sent.map(({ rooms, name }) => [rooms, name])).toEqual([
      [['tenant:ten_1:staff'], 'job.progress'],
      [['tenant:ten_1:user:usr_1'], 'job.progress'],
    ]);
    const progress = {
      jobId: 'imp_1',
      job: 'import',
      status: 'running',
      rowsDone: 1_990,
      rowsFailed: 10,
      rowsTotal: 5_000,
    };
    expect(sent[0]!.message).toMatchObject({ ...progress, version: 4, sequence: 7 });
    expect(sent[1]!.message).toMatchObject(progress);
    expect(sent[1]!.message).not.toHaveProperty('sequence');
    expect(cursors.open('ten_1', String(sent[1]!.message.cursor))).toBe(7);
  });
});
