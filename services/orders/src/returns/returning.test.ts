import { describe, expect, it } from 'vitest';
import { returnedLinesMax, returnsMax } from '../limits.ts';
import {
  a,
  after,
  arrive,
  at,
  b,
  confirmed,
  east,
  euros,
  main,
  published,
  refusal,
  ship,
} from '../order-in-memory.fixture.ts';
import { decideCancel } from '../orders/cancellation.ts';
import { decideErasure } from '../orders/erasure.ts';
import type { Order } from '../orders/order.ts';
import { snapshotEvent } from '../orders/order-events.ts';
import { decidePayment } from '../payments/pay.ts';
import { decideRefund } from '../payments/refund.ts';
import { type Arrival, asWhen, type ReturnStatus, returnableOf, statusOf, transitions, versionOf } from './return.ts';
import {
  decideApprove,
  decideClose,
  decideDecline,
  decideReceive,
  decideRequest,
  type ReceivedLine,
  type RequestReturn,
} from './returning.ts';

const dayMs = 86_400_000;
const days = (count: number) => new Date(at.getTime() + count * dayMs);
const some = (variantId: string, quantity: number) => ({ variantId, quantity });
const back = (variantId: string, quantity: number, given: Partial<ReceivedLine> = {}): ReceivedLine => {
  return { variantId, quantity, condition: 'new', restock: true, ...given };
};
/** Three of a from two locations and two of b from one, in one parcel that has arrived. */
const delivered = () => arrive(ship(confirmed()), 0);
const paymentId = 'pay_1';
let count = 0;
function request(order: Order, lines = [some(a, 1)], given: Partial<RequestReturn> = {}) {
  count += 1;
  return decideRequest(order, { returnId: `ret_${count}`, actor: 'usr_c', lines, ...given }, at);
}
const requested = (order: Order, lines = [some(a, 1)]) => after(order, request(order, lines));
const by = (order: Order, n = 0) => ({ returnId: order.returns![n]!.id, actor: 'usr_h' });
const approve = (order: Order, n = 0) => after(order, decideApprove(order, by(order, n), at));
const receive = (order: Order, lines: ReceivedLine[], n = 0) =>
  after(order, decideReceive(order, { ...by(order, n), lines }, at));
const close = (order: Order, n = 0) => after(order, decideClose(order, { ...by(order, n), paymentId }, at));
const over = (variantId: string, remaining: number) => ({ code: 'over_return', lines: [{ variantId, remaining }] });

describe('asking for a return', () => {
  it('leaves the order in its state, with a return that is REQUESTED', () => {
    const order = requested(delivered(), [some(a, 2)]);
    expect(order.status).toBe('DELIVERED');
    expect(order.returns!.map((one) => [statusOf(one), versionOf(one)])).toEqual([['REQUESTED', 1]]);
    expect(order.timeline.at(-1)).toMatchObject({
      from: 'DELIVERED',
      to: 'DELIVERED',
      event: 'return.requested',
      actor: 'usr_c',
    });
  });

  it('is for what has left, less what came back or is on its way', () => {
    const order = requested(delivered(), [some(a, 2)]);
    expect(refusal(() => request(order, [some(a, 2)]))).toEqual(over(a, 1));
    expect(refusal(() => request(order, [some('var_x', 1)]))).toEqual({ code: 'unknown_line', variantIds: ['var_x'] });
    const both = requested(order, [some(a, 1), some(b, 2)]);
    expect([...returnableOf(both)]).toEqual([
      [a, 0],
      [b, 0],
    ]);
    const half = ship(confirmed(), { locationId: main });
    expect(refusal(() => request(half, [some(a, 3)]))).toEqual(over(a, 2));
  });

  it('counts what was approved instead of what was asked for, and nothing of what was declined or never came', () => {
    const order = requested(requested(delivered(), [some(a, 3)]), [some(b, 2)]);
    const approved = after(order, decideApprove(order, { ...by(order), lines: [some(a, 1)] }, at));
    expect(returnableOf(approved).get(a)).toBe(2);
    const declined = after(approved, decideDecline(approved, by(approved, 1), at));
    expect(returnableOf(declined).get(b)).toBe(2);
    expect(returnableOf(close(declined)).get(a)).toBe(3);
  });

  it.each(['PENDING', 'AWAITING_PAYMENT', 'CONFIRMED', 'REJECTED', 'EXPIRED', 'CANCELLED'] as const)(
    'is illegal for an order that is %s',
    (status) => {
      expect(refusal(() => request(confirmed({ status })))).toMatchObject({
        code: 'illegal_transition',
        orderStatus: status,
      });
    },
  );

  it('is bounded', () => {
    const many = Array.from({ length: returnsMax }, (_, n) => {
      const refused = { by: 'u', at };
      return { id: `ret_y${n}`, lines: [some(a, 1)], requestedBy: 'u', requestedAt: at, refusal: refused };
    });
    expect(refusal(() => request({ ...delivered(), returns: many }))).toEqual({ code: 'too_many_returns' });
    expect(requested({ ...delivered(), returns: many.slice(1) }).returns).toHaveLength(returnsMax);
  });
});

describe('a customer asks', () => {
  const ask = (order: Order, now: Date, lines = [some(a, 1)], windowDays = 30) =>
    decideRequest(order, { returnId: 'ret_w', actor: 'usr_c', lines, windowDays }, now);

  it('within the window after delivery, not a moment later', () => {
    const order = delivered();
    expect(ask(order, new Date(days(30).getTime() - 1)).type).toBe('return_changed');
    expect(refusal(() => ask(order, days(30)))).toEqual({
      code: 'return_window_closed',
      closedAt: days(30).toISOString(),
    });
    expect(refusal(() => ask(order, at, undefined, 0))).toMatchObject({ code: 'return_window_closed' });
  });

  it('for what has arrived within it only', () => {
    const shipped = ship(ship(confirmed(), { locationId: main }));
    expect(refusal(() => ask(shipped, at))).toMatchObject({ code: 'illegal_transition', orderStatus: 'SHIPPED' });
    const first = arrive(shipped, 0);
    expect(refusal(() => ask(first, at, [some(a, 3)]))).toEqual(over(a, 2));
    const both = arrive(first, 1, days(20));
    expect(ask(both, at, [some(a, 3)]).type).toBe('return_changed');
    expect(refusal(() => ask(both, days(40), [some(a, 2)]))).toEqual(over(a, 1));
    expect(refusal(() => ask(both, days(50)))).toEqual({
      code: 'return_window_closed',
      closedAt: days(50).toISOString(),
    });
  });
});

describe('a step', () => {
  const orderWith = (status: ReturnStatus) => {
    const order = requested(delivered());
    switch (status) {
      case 'REQUESTED':
        return order;
      case 'APPROVED':
        return approve(order);
      case 'DECLINED':
        return after(order, decideDecline(order, by(order), at));
      case 'RECEIVED':
        return receive(approve(order), [back(a, 1)]);
      default:
        return close(approve(order));
    }
  };
  const steps = {
    APPROVED: (order: Order) => decideApprove(order, by(order), at),
    DECLINED: (order: Order) => decideDecline(order, by(order), at),
    RECEIVED: (order: Order) => decideReceive(order, { ...by(order), lines: [back(a, 1)] }, at),
    CLOSED: (order: Order) => decideClose(order, { ...by(order), paymentId }, at),
  };

  it.each(Object.keys(transitions) as ReturnStatus[])(
    'leads from %s where the table says, and nowhere else',
    (from) => {
      const order = orderWith(from);
      expect(statusOf(order.returns![0]!)).toBe(from);
      for (const [to, decide] of Object.entries(steps)) {
        if (transitions[from].includes(to as ReturnStatus)) {
          const next = after(order, decide(order));
          expect(statusOf(next.returns![0]!)).toBe(to);
          expect(next.timeline.at(-1)!.event).toBe(`return.${to.toLowerCase()}`);
          expect(asWhen(next.returns![0]!, from)).toEqual(order.returns![0]);
        } else {
          expect(refusal(() => decide(order))).toEqual({
            code: 'illegal_transition',
            returnStatus: from,
            allowed: [...transitions[from]],
          });
        }
      }
      expect(refusal(() => decideClose(order, { returnId: 'ret_unknown', actor: 'u', paymentId }, at))).toEqual({
        code: 'not_found',
      });
    },
  );
});

describe('approving', () => {
  it('a part approves no more than was asked for', () => {
    const order = requested(delivered(), [some(a, 2), some(b, 1)]);
    const part = (lines: { variantId: string; quantity: number }[]) =>
      decideApprove(order, { ...by(order), lines }, at).returned.approval!.lines;
    expect(part([some(a, 1)])).toEqual([some(a, 1)]);
    expect(refusal(() => part([some(a, 3)]))).toEqual(over(a, 2));
    expect(refusal(() => part([some('var_x', 1)]))).toEqual({ code: 'unknown_line', variantIds: ['var_x'] });
    expect(approve(order).returns![0]!.approval!.lines).toEqual([some(a, 2), some(b, 1)]);
  });
});

describe('receiving', () => {
  const approved = () => approve(requested(delivered(), [some(a, 2)]));
  const arrivals = (order: Order) => order.returns![0]!.receipt!.lines;

  it('puts what came back where it was shipped from, unless a place is named', () => {
    const order = receive(approved(), [
      back(a, 1),
      back(a, 1, { locationId: east, condition: 'damaged', restock: false }),
    ]);
    const expected: Arrival[] = [
      { variantId: a, locationId: main, quantity: 1, condition: 'new', restock: true },
      { variantId: a, locationId: east, quantity: 1, condition: 'damaged', restock: false },
    ];
    expect(arrivals(order)).toEqual(expected);
    const before = approved();
    const [event] = published(before, decideReceive(before, { ...by(before), lines: [back(a, 1)] }, at));
    expect(event).toMatchObject({
      type: 'com.holdfast.return.received.v1',
      data: { returnStatus: 'RECEIVED', lines: expected.slice(0, 1) },
    });
  });

  it('knows the places of the order, and those that there are', () => {
    const elsewhere = [back(a, 1, { locationId: 'loc_z' })];
    const order = approved();
    const lines = { ...by(order), lines: elsewhere };
    expect(refusal(() => decideReceive(order, lines, at))).toEqual({ code: 'unknown_location' });
    const { returned } = decideReceive(order, { ...lines, known: new Set(['loc_z']) }, at);
    expect(returned.receipt!.lines).toMatchObject([{ locationId: 'loc_z' }]);
  });

  it('takes more than was approved and other variants, never more than has left and is not claimed by others', () => {
    const order = requested(approved(), [some(b, 1)]);
    expect(arrivals(receive(order, [back(a, 3), back(b, 1)]))).toHaveLength(2);
    expect(refusal(() => receive(order, [back(a, 4)]))).toEqual(over(a, 3));
    expect(refusal(() => receive(order, [back(b, 1), back(b, 1, { restock: false })]))).toEqual(over(b, 1));
    expect(refusal(() => receive(order, [back('var_x', 1)]))).toEqual({ code: 'unknown_line', variantIds: ['var_x'] });
  });

  it('keeps one line for what is alike, and is bounded in lines', () => {
    expect(arrivals(receive(approved(), [back(a, 1), back(a, 2)]))).toMatchObject([{ quantity: 3 }]);
    const order = approved();
    const lines: Arrival[] = Array(returnedLinesMax).fill({ ...back('var_z', 1), locationId: main });
    const full = { id: 'ret_z', lines: [], requestedBy: 'u', requestedAt: at, receipt: { by: 'u', at, lines } };
    expect(refusal(() => receive({ ...order, returns: [...order.returns!, full] }, [back(a, 1)]))).toEqual({
      code: 'too_many_returns',
    });
  });

  it('is told by a snapshot, so that what was missed is made up for', () => {
    const stamp = { now: at, newEventId: () => 'evt_1', cause: {} };
    const order = receive(requested(approved(), [some(b, 1)]), [back(a, 1)]);
    expect(snapshotEvent(order, stamp).data.returns).toEqual([
      { returnId: order.returns![0]!.id, lines: arrivals(order) },
    ]);
  });
});

describe('closing', () => {
  const paid = (amount: number) => {
    const payment = {
      id: 'pay_0',
      kind: 'captured',
      amount: euros(amount),
      provider: 'manual',
      reference: 'r',
    } as const;
    const order = receive(approve(requested(delivered(), [some(a, 1), some(b, 2)])), [back(a, 1), back(b, 2)]);
    return after(order, decidePayment(order, { ...payment, actor: 'usr_h' }, at)!);
  };
  const refund = (order: Order, amount: number) =>
    decideClose(order, { ...by(order), refund: euros(amount), paymentId }, at);

  it('with a refund records it in the same change, for what came back', () => {
    const order = paid(2_100);
    const event = refund(order, 1_000);
    const closed = after(order, event);
    expect(closed.payment).toMatchObject({ captured: 2_100, refunded: 1_000 });
    expect(closed.payments!.at(-1)).toMatchObject({
      id: paymentId,
      kind: 'refunded',
      reference: order.returns![0]!.id,
      lines: [
        { variantId: a, amount: 455 },
        { variantId: b, amount: 545 },
      ],
    });
    expect(published(order, event).map(({ type }) => type)).toEqual([
      'com.holdfast.payment.recorded.v1',
      'com.holdfast.return.closed.v1',
    ]);
    expect(closed.timeline.at(-1)!.event).toBe('return.closed');
  });

  it('with a refund takes nothing of what is due for another reason', () => {
    const order = paid(4_200);
    const closed = after(order, refund(order, 2_100));
    expect(closed.payments!.at(-1)).toMatchObject({ returnId: order.returns![0]!.id });
    expect(closed.payment).toMatchObject({ captured: 4_200, refunded: 2_100, refundDue: 2_100 });
    const given = after(closed, decideRefund(closed, { id: 'pay_2', amount: euros(2_100), actor: 'usr_h' }, at));
    expect(given.payment).toMatchObject({ refunded: 4_200, refundDue: 0 });
  });

  it('with a refund beyond what the order costs gives back of what is due', () => {
    const order = paid(4_200);
    expect(after(order, refund(order, 2_500)).payment).toMatchObject({ refunded: 2_500, refundDue: 1_700 });
  });

  it('with a refund leaves what is due for the rest that was cancelled, before and after', () => {
    const part = ship(confirmed(), { lines: [some(a, 1)] });
    const rest = (order: Order) =>
      after(order, decideCancel(order, { at, actor: 'usr_h', reason: 'no', isStaff: true }));
    const back1 = (order: Order) => receive(approve(requested(order)), [back(a, 1)]);
    const money = { id: 'pay_0', kind: 'captured', amount: euros(2_100), provider: 'manual', reference: 'r' } as const;
    const order = after(part, decidePayment(part, { ...money, actor: 'usr_h' }, at)!);
    const first = back1(rest(order));
    expect(first.payment).toMatchObject({ refundDue: 1_600 });
    const last = back1(order);
    for (const done of [after(first, refund(first, 500)), rest(after(last, refund(last, 500)))])
      expect(done.payment).toMatchObject({ refunded: 500, refundDue: 1_600 });
  });

  it('gives back no more than was captured and not refunded', () => {
    expect(refusal(() => refund(paid(500), 501))).toMatchObject({ code: 'refund_too_large' });
    expect(refusal(() => refund(receive(approve(requested(delivered())), [back(a, 1)]), 1))).toMatchObject({
      code: 'refund_too_large',
    });
    const order = paid(500);
    const dollars = { ...by(order), refund: { amount: 1, currency: 'USD' }, paymentId };
    expect(refusal(() => decideClose(order, dollars, at))).toMatchObject({ code: 'wrong_currency' });
  });
});

it('erasing a person takes their words out of returns, and the numbers of carriers', () => {
  const parcel = { carrier: 'DHL', trackingNumber: 'T-Nils' };
  const lines = [{ ...some(a, 1), reason: 'Nils is too tall' }];
  const order = after(ship(confirmed(), parcel), request(ship(confirmed(), parcel), lines));
  const declined = after(order, decideDecline(order, { ...by(order), reason: 'Nils wore it' }, at));
  const erased = after(declined, decideErasure(declined, at)!);
  expect(JSON.stringify(erased)).not.toContain('Nils');
  expect(erased.returns).toMatchObject([{ lines: [some(a, 1)], refusal: { by: 'usr_h', at } }]);
  expect(erased.fulfilments).toMatchObject([{ carrier: 'DHL' }]);
  expect(decideErasure(erased, at)).toBeUndefined();
});
