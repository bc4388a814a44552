// Two returns of one line in the same moment, and two receipts of one return: no unit comes back twice.
import { asTenant } from '@holdfast/shared/persistence';
import { newId } from '@holdfast/shared/values';
import { afterAll, expect, it } from 'vitest';
import { a, arrive, at, euros, after as evolved, ship } from '../order-in-memory.fixture.ts';
import { race, raceTimeoutMs } from '../order-races.fixture.ts';
import type { ChangeOrder } from '../orders/change-order.ts';
import type { Order } from '../orders/order.ts';
import { openFixture } from '../orders.fixture.ts';
import { decidePayment } from '../payments/pay.ts';
import { paymentOf } from '../payments/payment.ts';
import { refundPayment } from '../payments/refund-payment.ts';
import { requestReturn } from './request-return.ts';
import { returnedOf, returnsOf } from './return.ts';
import { decideApprove, decideReceive, decideRequest } from './returning.ts';
import { closeReturn, receiveReturn } from './step-return.ts';

const fixture = await openFixture();
afterAll(() => fixture.close());
const { deps, tenantId } = fixture;

type Process = { changeOrder: ChangeOrder };
const lines = [{ variantId: a, quantity: 2 }];
const delivered = (order: Order) => arrive(ship(order), 0);
/** With a return of two of three units that may come back. */
function approved(order: Order): Order {
  const returnId = newId('ret');
  const requested = evolved(order, decideRequest(order, { returnId, actor: 'usr_c', lines }, at));
  return evolved(requested, decideApprove(requested, { returnId, actor: 'usr_h' }, at));
}
const request = ({ id: orderId }: Order, process: Process) =>
  requestReturn({ tenantId, orderId, actor: 'usr_h', lines }, { ...deps.orders, ...process });
const receive = (order: Order, process: Process) => {
  const returnId = returnsOf(order)[0]!.id;
  const arrived = lines.map((line) => ({ ...line, condition: 'new' as const, restock: true }));
  // What stands in the rows of the returns is of no matter here.
  const returns = { read: async () => ({ orderId: order.id }) as never };
  const caller = { tenantId, returnId, actor: 'usr_h', lines: arrived };
  return receiveReturn(caller, { ...deps.orders, ...process, returns });
};

it('two returns of one line take no more than has left', { timeout: raceTimeoutMs }, async () => {
  const races = await race(fixture, delivered, [request, request]);
  for (const { outcomes, after } of races) {
    expect([...outcomes].sort()).toEqual(['done', 'over_return']);
    expect(returnsOf(after)).toHaveLength(1);
  }
  const rows = await asTenant(tenantId, () => deps.database.db.collection('returns').countDocuments({ tenantId }));
  expect(rows).toBe(races.length);
});

it('two receipts of one return restock once', { timeout: raceTimeoutMs }, async () => {
  const races = await race(fixture, (order) => approved(delivered(order)), [receive, receive]);
  for (const { outcomes, after } of races) {
    expect([...outcomes].sort()).toEqual(['done', 'illegal_transition']);
    expect([returnsOf(after).length, returnedOf(after).get(a)]).toEqual([1, 2]);
  }
});

it('a return that is received and another one that is asked for share what has left', {
  timeout: raceTimeoutMs,
}, async () => {
  const races = await race(fixture, (order) => approved(delivered(order)), [receive, request]);
  for (const { outcomes, after } of races) {
    expect(outcomes).toEqual(['done', 'over_return']);
    expect([returnsOf(after).length, returnedOf(after).get(a)]).toEqual([1, 2]);
  }
});

it('a return that is closed with a refund and another refund give back no more than was paid', {
  timeout: raceTimeoutMs,
}, async () => {
  const payment = { id: 'pay_0', kind: 'captured', provider: 'manual', reference: 'r', actor: 'usr_h' } as const;
  const paid = (order: Order) => evolved(order, decidePayment(order, { ...payment, amount: order.total }, at)!);
  const received = (order: Order) => {
    const returnId = returnsOf(order)[0]!.id;
    const arrived = lines.map((line) => ({ ...line, condition: 'new' as const, restock: true }));
    return evolved(order, decideReceive(order, { returnId, actor: 'usr_h', lines: arrived }, at));
  };
  const [closed, given] = [1_500, 700];
  const close = (order: Order, process: Process) => {
    const returns = { read: async () => ({ orderId: order.id }) as never };
    const caller = { tenantId, returnId: returnsOf(order)[0]!.id, actor: 'usr_h', refund: euros(closed) };
    return closeReturn(caller, { ...deps.orders, ...process, returns });
  };
  const refund = ({ id: orderId }: Order, process: Process) =>
    refundPayment({ tenantId, orderId, actor: 'usr_h', amount: euros(given) }, process);
  const races = await race(fixture, (order) => received(approved(delivered(paid(order)))), [close, refund]);
  for (const { outcomes, after } of races) {
    const refunded = outcomes[0] === 'done' ? closed : given;
    expect([...outcomes].sort()).toEqual(['done', 'refund_too_large']);
    expect(paymentOf(after)).toMatchObject({ captured: 2_100, refunded, refundDue: 0 });
    expect(returnsOf(after)[0]!.closing !== undefined).toBe(outcomes[0] === 'done');
  }
});
