import { describe, expect, it } from 'vitest';
import { decideCancel } from '../orders/cancellation.ts';
import { decideErasure } from '../orders/erasure.ts';
import { evolve, type OrderEvent } from '../orders/evolve.ts';
import { newOrder, priceLines } from '../orders/new-order.ts';
import { atDecision, type Charge, demandOf, type Order, type OrderLine } from '../orders/order.ts';
import { snapshotEvent, toDomainEvents } from '../orders/order-events.ts';
import { decideDue, decideOutcome } from '../orders/placement.ts';
import { decideExpiry, decidePayment } from '../payments/pay.ts';
import { decideEdit } from './edit.ts';
import type { OrderPatch } from './patch.ts';

const at = new Date('2026-01-01T00:00:00Z');
const later = (ms: number) => new Date(at.getTime() + ms);
const windowMs = 900_000;
const address = { name: 'Nils', line1: 'Street 1', city: 'Oslo', country: 'NO' };
const variant = (variantId: string, amount: number) => {
  const price = { amount, currency: 'EUR' };
  return { variantId, sku: variantId.toUpperCase(), name: variantId, price, forSale: true };
};
const known = new Map(['a', 'b'].map((id, n) => [id, variant(id, 500 + n * 200)]));
const lines = (...quantities: [string, number][]): OrderLine[] =>
  priceLines(
    quantities.map(([variantId, quantity]) => ({ variantId, quantity })),
    known,
  ).lines;
const shipping = (amount = 400): Charge => ({ kind: 'shipping', label: 'Post', amount: { amount, currency: 'EUR' } });
const allocations = (quantity: number) => [{ variantId: 'a', locationId: 'loc_m', quantity }];

let keys = 0;
function after(order: Order, event: OrderEvent | undefined): Order {
  expect(event).toBeDefined();
  keys += 1;
  return evolve(order, event!, { id: `tml_${keys}` });
}
function confirmed(fields: Partial<Order> = {}): Order {
  const facts = { id: 'ord_1', tenantId: 'ten_1', placedBy: 'usr_1', customerId: 'usr_1', requestHash: 'h' };
  const priced = { lines: lines(['a', 2]), total: { amount: 1000, currency: 'EUR' } };
  const order = newOrder({ ...facts, ...priced, entryId: 'tml_0', decisionWindowMs: windowMs, now: at });
  const outcome = { kind: 'held', request: 1, allocations: allocations(2) } as const;
  return { ...after(order, decideOutcome(order, outcome, at)), ...fields };
}
const edit = (order: Order, patch: OrderPatch, now = at) =>
  decideEdit(order, { id: 'edt_1', actor: 'usr_s', at: now, patch, windowMs });
const held = (order: Order, quantity: number, now = at) =>
  decideOutcome(order, { kind: 'held', request: order.request, allocations: allocations(quantity) }, now);
const refused = (order: Order, now = at) => {
  const shortages = [{ variantId: 'a', requested: 3, available: 2 }];
  return decideOutcome(order, { kind: 'rejected', request: order.request, shortages }, now);
};
const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
};
const published = (before: Order, event: OrderEvent) => {
  const [made] = toDomainEvents(event, before, evolve(before, event, { id: 'tml' }), {
    newEventId: () => 'evt',
    cause: {},
  });
  return { type: made!.type, data: made!.data };
};

describe('what moves no stock', () => {
  it.each<[string, OrderPatch, Partial<Order>]>([
    ['a note', { note: 'ring' }, { note: 'ring' }],
    ['an address', { shippingAddress: address }, { shippingAddress: address }],
    ['metadata', { metadata: { gift: true } }, { metadata: { gift: true } }],
    ['charges', { charges: [shipping()] }, { charges: [shipping()], total: { amount: 1400, currency: 'EUR' } }],
    ['the same lines', { note: 'x', lines: lines(['a', 2]) }, { note: 'x' }],
  ])('%s applies at once, and asks for nothing', (_what, patch, fields) => {
    const order = confirmed();
    const event = edit(order, patch)!;
    const edited = after(order, event);
    expect(edited).toMatchObject({ ...fields, request: 1, pending: null, version: 3, allocations: allocations(2) });
    expect(edited.timeline.at(-1)).toMatchObject({ event: 'order.edited', actor: 'usr_s', to: 'CONFIRMED' });
    expect(demandOf(edited)).toBe('holds');
    expect(published(order, event)).toMatchObject({ type: 'com.holdfast.order.edited.v1', data: { request: 1 } });
  });

  it('is no change where nothing differs', () => {
    const order = confirmed({
      note: 'ring',
      shippingAddress: address,
      metadata: { b: 1, a: 2 },
      charges: [shipping()],
    });
    const same = { note: 'ring', shippingAddress: { city: 'Oslo' }, metadata: { a: 2 }, charges: [shipping()] };
    expect(edit(order, { ...same, lines: order.lines })).toBeUndefined();
    expect(edit(confirmed(), { note: null, shippingAddress: null, metadata: null, charges: [] })).toBeUndefined();
  });

  it('merges: null removes, what is absent stays', () => {
    const order = confirmed({ note: 'ring', shippingAddress: { ...address, phone: '1' }, metadata: { a: 1, b: 2 } });
    const patch = { note: null, shippingAddress: { phone: null, city: 'Bergen' }, metadata: { a: null, c: 3 } };
    const edited = after(order, edit(order, patch));
    expect(edited).toMatchObject({ shippingAddress: { ...address, city: 'Bergen' }, metadata: { b: 2, c: 3 } });
    expect(edited.note).toBeUndefined();
    expect(edited.shippingAddress).not.toHaveProperty('phone');
    expect(codeOf(() => edit(order, { shippingAddress: { city: null } }))).toBe('incomplete_address');
    expect(codeOf(() => edit(confirmed(), { shippingAddress: { city: 'Oslo' } }))).toBe('incomplete_address');
    const many = Object.fromEntries(Array.from({ length: 49 }, (_, n) => [`k${n}`, n]));
    expect(codeOf(() => edit(order, { metadata: many }))).toBe('too_many_metadata_keys');
  });
});

describe('new quantities', () => {
  it('are asked for by the next request, and are there when they are held', () => {
    const order = confirmed();
    const event = edit(order, { lines: lines(['a', 3], ['b', 1]), note: 'more', charges: [shipping()] })!;
    const asked = after(order, event);
    const total = { amount: 2600, currency: 'EUR' };
    expect(published(order, event)).toMatchObject({
      type: 'com.holdfast.order.edit_requested.v1',
      data: {
        request: 2,
        total,
        lines: [
          { variantId: 'a', quantity: 3 },
          { variantId: 'b', quantity: 1 },
        ],
      },
    });
    expect(asked).toMatchObject({
      request: 2,
      pending: { request: 2, kind: 'edit' },
      lines: order.lines,
      total: order.total,
    });
    expect(asked.note).toBeUndefined();
    expect(demandOf(asked)).toBe('pending');
    const edited = after(asked, held(asked, 3));
    expect(edited).toMatchObject({ status: 'CONFIRMED', request: 2, pending: null, dueAt: null, note: 'more', total });
    expect(edited).toMatchObject({ lines: [{ quantity: 3 }, { quantity: 1 }], allocations: allocations(3) });
    expect(edited.edit).toBeUndefined();
    expect(edited.timeline.slice(-2)).toMatchObject([
      { event: 'order.edit_requested', editId: 'edt_1', actor: 'usr_s' },
      { event: 'order.edited', editId: 'edt_1', actor: 'usr_s' },
    ]);
  });

  it('that are refused leave the order as it was', () => {
    const order = confirmed();
    const asked = after(order, edit(order, { lines: lines(['a', 3]), note: 'more' }));
    const event = refused(asked)!;
    const rejected = after(asked, event);
    const { lines: _lines, total, allocations: places } = order;
    expect(rejected).toMatchObject({
      status: 'CONFIRMED',
      lines: order.lines,
      total,
      allocations: places,
      pending: null,
    });
    expect(rejected.note).toBeUndefined();
    expect(rejected.shortages).toEqual([]);
    expect(rejected.timeline.at(-1)).toMatchObject({ editId: 'edt_1', shortages: [{ requested: 3, available: 2 }] });
    expect(published(asked, event).type).toBe('com.holdfast.order.edit_rejected.v1');
  });

  it('wait: meanwhile no other edit, but a cancellation, which takes them with it', () => {
    const asked = after(confirmed(), edit(confirmed(), { lines: lines(['a', 1]) }));
    expect(codeOf(() => edit(asked, { note: 'x' }))).toBe('change_pending');
    const cancelled = after(asked, decideCancel(asked, { at, actor: 'usr_1', reason: 'no' }));
    expect(cancelled).toMatchObject({ status: 'CANCELLED', request: 3, pending: null, lines: [{ quantity: 2 }] });
    expect(cancelled.edit).toBeUndefined();
    expect(held(cancelled, 1)).toBeUndefined();
    expect(decideOutcome(cancelled, { kind: 'held', request: 2, allocations: [] }, at)).toBeUndefined();
  });

  it.each(['REJECTED', 'CANCELLED', 'EXPIRED', 'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED'] as const)(
    'are refused for an order that is %s; its note is not',
    (status) => {
      const order = confirmed({ status });
      expect(codeOf(() => edit(order, { lines: lines(['a', 1]) }))).toBe('illegal_transition');
      expect(codeOf(() => edit(order, { charges: [shipping()] }))).toBe('illegal_transition');
      expect(after(order, edit(order, { note: 'n' }))).toMatchObject({ status, note: 'n' });
      const isOpen = status === 'PARTIALLY_SHIPPED';
      expect(codeOf(() => edit(order, { shippingAddress: address }))).toBe(isOpen ? undefined : 'illegal_transition');
    },
  );
});

describe('an edit that nobody answers', () => {
  const policy = { afterMs: 30_000, countMax: 3 };
  const ask = () => after(confirmed(), edit(confirmed(), { lines: lines(['a', 3]) }));

  it('is asked for again under its number', () => {
    const asked = ask();
    const event = decideDue(asked, later(30_000), policy)!;
    expect(event).toMatchObject({ type: 'reminded' });
    expect(published(asked, event)).toMatchObject({
      type: 'com.holdfast.order.edit_requested.v1',
      data: { request: 2, lines: [{ variantId: 'a', quantity: 3 }] },
    });
  });

  it('is taken back at the end of its window, by asking for the former lines', () => {
    const asked = ask();
    const event = decideDue(asked, later(windowMs), policy)!;
    const withdrawn = after(asked, event);
    expect(published(asked, event)).toMatchObject({
      data: { request: 3, lines: [{ variantId: 'a', quantity: 2 }], total: { amount: 1000 } },
    });
    expect(withdrawn).toMatchObject({ status: 'CONFIRMED', pending: { request: 3, kind: 'edit' }, reminderCount: 0 });
    expect(withdrawn.dueAt!.getTime()).toBe(windowMs + at.getTime() + 30_000);
    expect(decideOutcome(withdrawn, { kind: 'held', request: 2, allocations: [] }, at)).toBeUndefined();
    const settled = after(withdrawn, held(withdrawn, 2));
    expect(settled).toMatchObject({ lines: [{ quantity: 2 }], pending: null, allocations: allocations(2) });
    expect(settled.timeline.at(-1)).toMatchObject({ event: 'order.edit_rejected', reason: 'not decided in time' });
  });

  it('held after its window is taken back as well', () => {
    const asked = ask();
    expect(held(asked, 3, later(windowMs + 1))).toMatchObject({ type: 'edit_withdrawn' });
  });

  it('applies after all where the former lines are gone: inventory had agreed', () => {
    const withdrawn = after(ask(), decideDue(ask(), later(windowMs), policy));
    const again = after(withdrawn, refused(withdrawn, later(windowMs)));
    expect(again).toMatchObject({ request: 4, pending: { request: 4, kind: 'edit' }, lines: [{ quantity: 2 }] });
    const edited = after(again, held(again, 3, later(windowMs)));
    expect(edited).toMatchObject({ lines: [{ quantity: 3 }], pending: null, allocations: allocations(3) });
    expect(edited.timeline.filter(({ event }) => event === 'order.edit_requested')).toHaveLength(1);
  });

  it('is told by a snapshot with the lines that it asks for', () => {
    const stamp = { now: at, newEventId: () => 'evt', cause: {} };
    expect(snapshotEvent(ask(), stamp).data).toMatchObject({ isPending: true, lines: [{ quantity: 3 }] });
    const withdrawn = after(ask(), decideDue(ask(), later(windowMs), policy));
    expect(snapshotEvent(withdrawn, stamp).data).toMatchObject({ isPending: true, lines: [{ quantity: 2 }] });
  });
});

describe('money', () => {
  const awaiting = (captured: number): Order => {
    const sums = { authorised: 0, captured, refunded: 0, refundDue: 0 };
    const payment = { policy: 'before_confirm' as const, windowMs: 60_000, ...sums };
    return confirmed({ status: 'AWAITING_PAYMENT', payment, expiresAt: later(60_000) });
  };

  it('that was paid in part confirms the order when an edit makes it enough', () => {
    const order = awaiting(500);
    const asked = after(order, edit(order, { lines: lines(['a', 1]) }));
    expect(asked).toMatchObject({ status: 'AWAITING_PAYMENT', expiresAt: later(60_000) });
    const event = held(asked, 1)!;
    const events = toDomainEvents(event, asked, after(asked, event), { newEventId: () => 'evt', cause: {} });
    expect(events.map(({ type }) => type)).toEqual(['com.holdfast.order.edited.v1', 'com.holdfast.order.confirmed.v1']);
    const paid = after(asked, event);
    expect(paid).toMatchObject({ status: 'CONFIRMED', pending: null, total: { amount: 500 } });
    expect(paid.expiresAt).toBeUndefined();
  });

  it('is awaited on while it is not enough, and what is more than that is due back', () => {
    const order = awaiting(500);
    expect(after(order, edit(order, { charges: [shipping()] })).status).toBe('AWAITING_PAYMENT');
    const paid = { ...order.payment!, captured: 1_000 };
    const discount: Charge = { kind: 'discount', label: 'Friends', amount: { amount: -300, currency: 'EUR' } };
    const full = confirmed({ payment: paid });
    const event = edit(full, { charges: [discount] })!;
    expect(after(full, event)).toMatchObject({ status: 'CONFIRMED', payment: { refundDue: 300 } });
    const events = toDomainEvents(event, full, after(full, event), { newEventId: () => 'evt', cause: {} });
    expect(events.map(({ type }) => type)).toEqual(['com.holdfast.order.edited.v1', 'com.holdfast.refund.due.v1']);
    const dearer = after(full, edit(full, { charges: [shipping()] }));
    expect(dearer).toMatchObject({ status: 'CONFIRMED', payment: { refundDue: 0 }, total: { amount: 1_400 } });
  });

  it('that comes while an edit waits confirms the order; the edit goes on', () => {
    const order = awaiting(0);
    const asked = after(order, edit(order, { lines: lines(['a', 3]) }));
    const amount = { amount: 1_000, currency: 'EUR' };
    const payment = {
      id: 'pay_1',
      kind: 'captured',
      amount,
      provider: 'manual',
      reference: 'r',
      actor: 'usr_s',
    } as const;
    const paid = after(asked, decidePayment(asked, payment, at));
    expect(paid).toMatchObject({ status: 'CONFIRMED', pending: { kind: 'edit', request: 2 }, dueAt: asked.dueAt });
    expect(after(paid, held(paid, 3))).toMatchObject({ status: 'CONFIRMED', lines: [{ quantity: 3 }], pending: null });
    const expired = after(asked, decideExpiry(asked, later(60_000)));
    expect(expired).toMatchObject({ status: 'EXPIRED', pending: null, request: 3, lines: [{ quantity: 2 }] });
    expect([expired.edit, expired.dueAt]).toEqual([undefined, null]);
  });
});

describe('the answer to the placement', () => {
  it('stays what it was, whatever is edited later', () => {
    const order = confirmed({ note: 'ring', metadata: { a: 1 }, charges: [shipping()] });
    const first = after(
      order,
      edit(order, { note: null, shippingAddress: address, metadata: { a: 2 }, charges: null }),
    );
    const asked = after(first, edit(first, { lines: lines(['b', 1]) }));
    const second = after(asked, held(asked, 1));
    for (const edited of [first, asked, second]) {
      const { lines: kept, total, note, metadata, charges, shippingAddress, allocations: places } = atDecision(edited);
      expect({ kept, total, note, metadata, charges, shippingAddress, places }).toEqual({
        kept: order.lines,
        total: order.total,
        note: 'ring',
        metadata: { a: 1 },
        charges: [shipping()],
        shippingAddress: undefined,
        places: allocations(2),
      });
    }
  });

  it('and the edit that waits are reached by the erasure of the customer', () => {
    const order = confirmed({ note: 'ring', metadata: { a: 1 }, shippingAddress: address });
    const edited = after(order, edit(order, { note: 'Nils', metadata: { b: 'Nils' } }));
    const patch = { lines: lines(['a', 3]), note: 'Nils', shippingAddress: address, metadata: { c: 'Nils' } };
    const asked = after(confirmed(), edit(confirmed(), patch));
    for (const one of [edited, asked]) {
      const gone = after(one, decideErasure(one, at));
      expect(JSON.stringify(gone)).not.toMatch(/Nils|ring|Street/);
      expect(decideErasure(gone, at)).toBeUndefined();
    }
    const gone = after(asked, decideErasure(asked, at));
    const applied = after(gone, held(gone, 3));
    expect(applied).toMatchObject({ lines: [{ quantity: 3 }] });
    expect([applied.note, applied.shippingAddress, applied.metadata]).toEqual([undefined, undefined, undefined]);
  });
});
