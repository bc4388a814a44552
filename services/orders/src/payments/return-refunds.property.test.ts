// Random payments, refunds of both kinds and a cancelled rest over one order, in any sequence, against a ledger that
// knows what each amount was for.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { a, after, at, confirmed, euros, ship } from '../order-in-memory.fixture.ts';
import { decideCancel } from '../orders/cancellation.ts';
import type { Order } from '../orders/order.ts';
import { decideApprove, decideClose, decideRequest } from '../returns/returning.ts';
import { decidePayment } from './pay.ts';
import { paymentOf } from './payment.ts';
import { decideRefund } from './refund.ts';

const actor = 'usr_h';
const amount = fc.oneof(fc.constantFrom(500, 2_100), fc.integer({ min: 1, max: 3_000 }));
const step = fc.oneof(
  fc.record({ do: fc.constantFrom('pay' as const, 'refund' as const, 'return' as const), amount }),
  fc.record({ do: fc.constant('rest' as const), amount: fc.constant(0) }),
);
type Step = { do: 'pay' | 'refund' | 'return' | 'rest'; amount: number };

function take(order: Order, { do: what, amount: minor }: Step, n: number): Order {
  const id = `pay_${n}`;
  if (what === 'refund') return after(order, decideRefund(order, { id, amount: euros(minor), actor }, at));
  if (what === 'rest') return after(order, decideCancel(order, { at, actor, reason: 'no', isStaff: true }));
  if (what === 'pay') {
    const told = { id, kind: 'captured', amount: euros(minor), provider: 'manual', reference: id, actor } as const;
    return after(order, decidePayment(order, told, at)!);
  }
  const by = { returnId: `ret_${n}`, actor };
  const asked = after(order, decideRequest(order, { ...by, lines: [{ variantId: a, quantity: 1 }] }, at));
  const approved = after(asked, decideApprove(asked, by, at));
  return after(approved, decideClose(approved, { ...by, refund: euros(minor), paymentId: id }, at));
}

/** The order after the step, or as it was where it refuses. */
function attempt(order: Order, one: Step, n: number): Order {
  try {
    return take(order, one, n);
  } catch (error) {
    if ((error as { code?: string }).code === undefined) throw error;
    return order;
  }
}

it('a refund for a return pays for what came back first, and takes of what is due only what is beyond it', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 15 }), (steps) => {
      let order = ship(confirmed(), { lines: [{ variantId: a, quantity: 1 }] });
      // What the goods cost, and what was given back for them; what the customer has paid and not got back otherwise.
      let [goods, forGoods, paid] = [order.total.amount, 0, 0];
      for (const [n, one] of steps.entries()) {
        const next = attempt(order, one, n);
        if (next === order) continue;
        if (one.do === 'return') forGoods += one.amount;
        if (one.do === 'rest') goods = 500;
        if (one.do === 'pay') paid += one.amount;
        if (one.do === 'refund') paid -= one.amount;
        const beyond = Math.max(0, forGoods - goods);
        expect(paymentOf(next).refundDue).toBe(Math.max(0, paid - goods - beyond));
        if (one.do === 'return' && beyond === 0) expect(paymentOf(next).refundDue).toBe(paymentOf(order).refundDue);
        order = next;
      }
    }),
    { numRuns: 500 },
  );
});
