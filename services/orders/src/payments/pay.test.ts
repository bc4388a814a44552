// What payments do to orders, decided in memory.
import { fail } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { decideArchive } from '../archive/archive.ts';
import { paymentRecordCountMax, paymentRepeatCountMax } from '../limits.ts';
import { decideCancel } from '../orders/cancellation.ts';
import { decideErasure } from '../orders/erasure.ts';
import { evolve, type OrderEvent } from '../orders/evolve.ts';
import { newOrder } from '../orders/new-order.ts';
import { atDecision, type Order } from '../orders/order.ts';
import { toDomainEvents } from '../orders/order-events.ts';
import { decideDue, decideOutcome } from '../orders/placement.ts';
import { decideExpiry, decidePayment, decideRepeated, type Payment } from './pay.ts';
import { paymentAsked, paymentOf, paymentStateOf, recordsOf } from './payment.ts';
import { decideRefund } from './refund.ts';

const at = new Date('2026-01-01T00:00:00Z');
const later = (ms: number) => new Date(at.getTime() + ms);
const windowMs = 1_800_000;
const money = (amount: number, currency = 'EUR') => ({ amount, currency });

function placed({
  policy = 'before_confirm',
  price = 500,
}: {
  policy?: 'none' | 'before_confirm';
  price?: number;
} = {}) {
  const total = money(price * 2);
  const line = { variantId: 'var_a', sku: 'CAP', name: 'Cap', quantity: 2, unitPrice: money(price), total };
  const who = { id: 'ord_1', tenantId: 'ten_1', placedBy: 'usr_1', customerId: 'usr_1', entryId: 'tml_1' };
  const payment = paymentAsked(policy, windowMs);
  return newOrder({ ...who, lines: [line], total, requestHash: 'h', decisionWindowMs: 900_000, now: at, payment });
}

/** What was published of every change, as `name` or `name amount`. */
type Told = string[];
function change(order: Order, event: OrderEvent | undefined, told: Told = []): Order {
  if (event === undefined) fail('nothing happened');
  const after = evolve(order, event, { id: `tml_${order.version + 1}` });
  const published = toDomainEvents(event, order, after, { newEventId: () => 'evt_1', cause: {} });
  told.push(
    ...published.map(
      ({ type, data }) =>
        `${type.slice(13, -3)}${type.includes('refund.due') ? ` ${amountOf(data)} ${data.reason}` : ''}`,
    ),
  );
  return after;
}
const amountOf = (data: Record<string, unknown>) => (data.amount as { amount: number }).amount;

const held = (order: Order, ms = 5, told?: Told) =>
  change(order, decideOutcome(order, { kind: 'held', request: order.request, allocations: [] }, later(ms)), told);
const refused = (order: Order, told?: Told) =>
  change(order, decideOutcome(order, { kind: 'rejected', request: order.request, shortages: [] }, later(5)), told);
const paymentOfAmount = (amount: number, given: Partial<Payment> = {}): Payment => {
  const { provider = 'manual', reference = `ref-${amount}`, kind = 'captured' } = given;
  return {
    id: `${kind}-${provider}-${reference}`,
    kind,
    amount: money(amount),
    provider,
    reference,
    actor: 'usr_2',
    ...given,
  };
};
const pay = (order: Order, amount: number, given: Partial<Payment> = {}, told?: Told) =>
  change(order, decidePayment(order, paymentOfAmount(amount, given), later(10)), told);
const expire = (order: Order, told?: Told) => change(order, decideExpiry(order, order.expiresAt!), told);
const cancel = (order: Order, told?: Told) =>
  change(order, decideCancel(order, { at: later(20), actor: 'usr_1', reason: 'no' }), told);
const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
};

describe('an order that has to be paid first', () => {
  it('waits for its payment once its lines are held, for as long as the tenant allowed when it was placed', () => {
    const told: Told = [];
    const order = held(placed(), 5, told);
    expect(order).toMatchObject({
      status: 'AWAITING_PAYMENT',
      pending: null,
      dueAt: null,
      expiresAt: later(5 + windowMs),
    });
    expect([told, paymentStateOf(order)]).toEqual([['order.awaiting_payment'], 'awaiting']);
    expect(atDecision(pay(order, 1000))).toMatchObject({ status: 'AWAITING_PAYMENT', expiresAt: order.expiresAt });
  });

  it('is confirmed by the payment that completes what it costs, and by none before', () => {
    const told: Told = [];
    const part = pay(held(placed()), 400, {}, told);
    expect([part.status, paymentStateOf(part)]).toEqual(['AWAITING_PAYMENT', 'partly_paid']);
    const paid = pay(part, 600, {}, told);
    expect(paid).toMatchObject({
      status: 'CONFIRMED',
      expiresAt: undefined,
      payment: { captured: 1000, refundDue: 0 },
    });
    expect(told).toEqual(['payment.recorded', 'payment.recorded', 'order.confirmed']);
    expect(paid.timeline.slice(-2).map(({ from, to, event }) => [from, to, event])).toEqual([
      ['AWAITING_PAYMENT', 'AWAITING_PAYMENT', 'payment.recorded'],
      ['AWAITING_PAYMENT', 'CONFIRMED', 'order.confirmed'],
    ]);
    expect(decideExpiry(paid, later(1e9))).toBeUndefined();
  });

  it('is confirmed at once when it was paid while it was undecided, or costs nothing', () => {
    expect(held(pay(placed(), 1000)).status).toBe('CONFIRMED');
    const free = held(placed({ price: 0 }));
    expect([free.status, free.expiresAt, paymentStateOf(free)]).toEqual(['CONFIRMED', undefined, 'none']);
  });

  it('is not confirmed by what is only authorised', () => {
    const order = pay(held(placed()), 1000, { kind: 'authorised' });
    expect([order.status, paymentStateOf(order)]).toEqual(['AWAITING_PAYMENT', 'authorised']);
  });

  it('is not confirmed by a payment of which a refund was told before', () => {
    const order = pay(pay(held(placed()), 1000, { kind: 'refunded' }), 1000);
    expect(order).toMatchObject({
      status: 'AWAITING_PAYMENT',
      payment: { captured: 1000, refunded: 1000, refundDue: 0 },
    });
  });

  it('expires at the end of its window, not before, and demands nothing any more', () => {
    const told: Told = [];
    const order = held(placed());
    expect(decideExpiry(order, new Date(order.expiresAt!.getTime() - 1))).toBeUndefined();
    const expired = expire(order, told);
    expect(expired).toMatchObject({
      status: 'EXPIRED',
      request: 2,
      pending: null,
      expiresAt: undefined,
    });
    expect(told).toEqual(['order.expired']);
    expect(decideExpiry(expired, later(1e9))).toBeUndefined();
  });
});

describe('an order that nobody has to pay first', () => {
  it('is confirmed when it is held, stores nothing of payments, and is paid later', () => {
    const order = held(placed({ policy: 'none' }));
    expect([order.status, order.payment, order.payments, paymentStateOf(order)]).toEqual([
      'CONFIRMED',
      undefined,
      undefined,
      'none',
    ]);
    const paid = pay(order, 1000);
    expect([paid.status, paymentStateOf(paid)]).toEqual(['CONFIRMED', 'paid']);
  });
});

describe('a payment after the window', () => {
  it('demands the lines once more, and confirms when they are held', () => {
    const told: Told = [];
    const revived = pay(expire(held(placed())), 1000, {}, told);
    expect(revived).toMatchObject({
      status: 'PENDING',
      request: 3,
      pending: { request: 3, kind: 'revive' },
      reminderCount: 0,
    });
    expect(revived.dueAt!.getTime()).toBeGreaterThan(later(10).getTime());
    expect(revived.decideBefore).toEqual(later(10 + 900_000));
    expect(held(revived, 5, told).status).toBe('CONFIRMED');
    expect(told).toEqual(['payment.recorded', 'order.placed', 'order.confirmed']);
  });

  it('takes an order that it revives out of the archive: somebody has to ship or cancel it', () => {
    const expired = expire(held(placed()));
    const archived = change(expired, decideArchive(expired, { at: later(8), actor: 'usr_2' }));
    expect(archived.isArchived).toBe(true);
    expect(pay(archived, 400)).toMatchObject({ status: 'EXPIRED', isArchived: true });
    expect(pay(archived, 1000)).toMatchObject({ status: 'PENDING', isArchived: undefined });
  });

  it('may be served from elsewhere, and leaves what the placement was answered with', () => {
    const at = (order: Order, locationId: string) => {
      const allocations = [{ variantId: 'var_a', locationId, quantity: 2 }];
      const outcome = { kind: 'held', request: order.request, allocations } as const;
      return change(order, decideOutcome(order, outcome, later(20)));
    };
    const first = at(placed(), 'loc_1');
    const revived = at(pay(expire(first), 1000), 'loc_2');
    expect(revived).toMatchObject({ status: 'CONFIRMED', allocations: [{ locationId: 'loc_2' }] });
    expect(atDecision(revived)).toMatchObject({ status: 'AWAITING_PAYMENT', allocations: first.allocations });
  });

  it('is due back when the stock is gone, or nobody answers in time', () => {
    const told: Told = [];
    const revived = pay(expire(held(placed())), 1000);
    const again = refused(revived, told);
    expect(again).toMatchObject({ status: 'EXPIRED', request: 4, payment: { refundDue: 1000 } });
    const unanswered = change(revived, decideDue(revived, revived.decideBefore, { afterMs: 1, countMax: 3 }), told);
    const tooLate = held(revived, 10 + 900_001, told);
    expect([unanswered.status, tooLate.status]).toEqual(['EXPIRED', 'EXPIRED']);
    expect(told).toEqual(Array(3).fill(['order.expired', 'refund.due 1000 late_payment']).flat());
  });

  it('that is a part of what the order costs is due back at once, until the rest comes', () => {
    const told: Told = [];
    const expired = expire(pay(held(placed()), 400), told);
    expect(expired.payment).toMatchObject({ captured: 400, refundDue: 400 });
    const more = pay(expired, 100, {}, told);
    expect(more).toMatchObject({ status: 'EXPIRED', payment: { refundDue: 500 } });
    const revived = pay(more, 500, {}, told);
    expect(revived).toMatchObject({ status: 'PENDING', payment: { refundDue: 0 } });
    expect(told).toEqual([
      'order.expired',
      'refund.due 400 order_ended',
      'payment.recorded',
      'refund.due 500 late_payment',
      'payment.recorded',
      'order.placed',
    ]);
  });

  it('does not revive an order whose money is to be given back already', () => {
    const again = refused(pay(expire(held(placed())), 1000));
    expect(pay(again, 300)).toMatchObject({ status: 'EXPIRED', payment: { refundDue: 1300 } });
  });
});

describe('a payment of an order that has ended', () => {
  it.each(['CANCELLED', 'REJECTED'] as const)('%s is recorded and due back, and reopens nothing', (status) => {
    const told: Told = [];
    const ended = status === 'CANCELLED' ? cancel(held(placed())) : refused(placed());
    const paid = pay(ended, 1000, {}, told);
    expect(paid).toMatchObject({ status, request: ended.request, pending: null, payment: { refundDue: 1000 } });
    expect(told).toEqual(['payment.recorded', 'refund.due 1000 late_payment']);
  });

  it('that was paid before it ended is due back', () => {
    const told: Told = [];
    expect(cancel(pay(held(placed()), 1000), told).payment).toMatchObject({ captured: 1000, refundDue: 1000 });
    expect(refused(pay(placed(), 1000), told).status).toBe('REJECTED');
    expect(told).toEqual([
      'order.cancelled',
      'refund.due 1000 order_ended',
      'order.rejected',
      'refund.due 1000 order_ended',
    ]);
  });
});

describe('a payment', () => {
  it('sent again adds nothing, one told with more adds the difference, one told with less nothing', () => {
    const order = pay(held(placed()), 400, { reference: 'pi_1' });
    const told = (amount: number, id: string) =>
      decidePayment(order, paymentOfAmount(amount, { reference: 'pi_1', id }), later(11));
    expect([told(400, 'evt_2'), told(300, 'evt_3')]).toEqual([undefined, undefined]);
    expect(told(1000, 'captured-manual-pi_1')).toBeUndefined();
    expect(change(order, told(1000, 'evt_4'))).toMatchObject({ status: 'CONFIRMED', payment: { captured: 1000 } });
  });

  it('of more than the order costs is due back in what is too much', () => {
    const told: Told = [];
    expect(pay(held(placed()), 1250, {}, told).payment).toMatchObject({ captured: 1250, refundDue: 250 });
    expect(told).toEqual(['payment.recorded', 'order.confirmed', 'refund.due 250 overpaid']);
  });

  it('in another currency is refused, and one more than an order has room for', () => {
    const order = held(placed());
    const dollars = { ...paymentOfAmount(1000), amount: money(1000, 'USD') };
    expect(codeOf(() => decidePayment(order, dollars, at))).toBe('wrong_currency');
    let full = order;
    for (let n = 0; n < paymentRecordCountMax; n++) full = pay(full, 1, { reference: `r-${n}` });
    expect(codeOf(() => pay(full, 1, { reference: 'last' }))).toBe('too_many_payments');
    expect(codeOf(() => decideRefund(full, { id: 'r', amount: money(1), actor: 'u' }, at))).toBe('too_many_payments');
  });

  it('that is sent again leaves an entry and no money, so many times as an order has room for', () => {
    const told: Told = [];
    let order = pay(held(placed()), 400);
    const before = order.payment;
    const again = (one: Order) => decideRepeated(one, paymentOfAmount(400), later(20));
    for (let n = 0; n < paymentRepeatCountMax; n++) order = change(order, again(order), told);
    expect(order.timeline.at(-1)).toMatchObject({ event: 'payment.repeated', to: 'AWAITING_PAYMENT', actor: 'usr_2' });
    expect([order.payment, recordsOf(order).length]).toEqual([before, 1]);
    expect(new Set(told)).toEqual(new Set(['payment.repeated']));
    expect(codeOf(() => again(order))).toBe('too_many_payments');
    expect(pay(order, 600)).toMatchObject({ status: 'CONFIRMED' });
  });
});

describe('a refund', () => {
  const refund = (order: Order, amount: number, given: object = {}) =>
    decideRefund(order, { id: `pay_${amount}`, amount: money(amount), actor: 'usr_2', ...given }, later(30));

  it('is at most what was captured and not refunded, and makes less due back', () => {
    const order = cancel(pay(held(placed()), 1000));
    const after = change(order, refund(order, 700));
    expect(after).toMatchObject({ status: 'CANCELLED', payment: { refunded: 700, refundDue: 300 } });
    expect(paymentStateOf(after)).toBe('partly_refunded');
    expect(codeOf(() => refund(after, 301))).toBe('refund_too_large');
    const all = change(after, refund(after, 300));
    expect([paymentOf(all).refundDue, paymentStateOf(all)]).toEqual([0, 'refunded']);
    expect(codeOf(() => refund(placed(), 1))).toBe('refund_too_large');
    expect(codeOf(() => decideRefund(order, { id: 'r', amount: money(1, 'USD'), actor: 'u' }, at))).toBe(
      'wrong_currency',
    );
  });

  it('falls to the lines, and is counted once whoever tells of it', () => {
    const order = pay(held(placed()), 1000);
    const after = change(order, refund(order, 300, { provider: 'stripe', reference: 'pi_1' }));
    expect(recordsOf(after).at(-1)).toMatchObject({ lines: [{ variantId: 'var_a', amount: 300 }] });
    const callback = paymentOfAmount(300, { kind: 'refunded', provider: 'stripe', reference: 'pi_1', id: 'evt_9' });
    expect(decidePayment(after, callback, at)).toBeUndefined();
    expect(codeOf(() => refund(after, 100, { provider: 'stripe', reference: 'pi_1' }))).toBe('payment_recorded');
  });

  it('has a reason that an erasure takes away', () => {
    const order = pay(held(placed()), 1000);
    const after = change(order, refund(order, 300, { reason: 'Nils was sad' }));
    const erased = change(after, decideErasure(after, later(40)));
    expect(JSON.stringify(erased)).not.toContain('Nils');
    expect(erased.payment).toEqual(after.payment);
    expect(decideErasure(erased, later(41))).toBeUndefined();
  });
});
