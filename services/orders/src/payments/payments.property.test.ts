// Random payments, refunds, cancellations, sweeps and answers of inventory over one order, in any sequence, against
// the sums that a plain ledger of what happened comes to.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideCancel } from '../orders/cancellation.ts';
import { evolve, type OrderEvent } from '../orders/evolve.ts';
import { newOrder } from '../orders/new-order.ts';
import { demandOf, type Order, transitions } from '../orders/order.ts';
import { toDomainEvents } from '../orders/order-events.ts';
import { decideDue, decideOutcome } from '../orders/placement.ts';
import { decideExpiry, decidePayment } from './pay.ts';
import { paymentAsked, paymentOf, recordsOf } from './payment.ts';
import { decideRefund } from './refund.ts';

const total = 1_000;
const money = (amount: number) => ({ amount, currency: 'EUR' });
const policy = { afterMs: 30_000, countMax: 3 };

type Step =
  | { do: 'pay' | 'authorise'; amount: number; reference: string }
  | { do: 'refunded'; amount: number; reference: string }
  | { do: 'refund'; amount: number }
  | { do: 'cancel' | 'expire' | 'sweep' }
  | { do: 'answer'; held: boolean; request: number };

const amount = fc.oneof(fc.constantFrom(total, 400, 600, 1), fc.integer({ min: 1, max: 1_500 }));
const reference = fc.constantFrom('pi_1', 'pi_2', 'pi_3');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('pay' as const, 'authorise' as const), amount, reference }),
  fc.record({ do: fc.constant('refunded' as const), amount, reference }),
  fc.record({ do: fc.constant('refund' as const), amount }),
  fc.record({ do: fc.constantFrom('cancel' as const, 'expire' as const, 'sweep' as const) }),
  // 0: the current one.
  fc.record({ do: fc.constant('answer' as const), held: fc.boolean(), request: fc.constantFrom(0, 0, 0, 1, 2, 3) }),
);

function placed(mode: 'none' | 'before_confirm'): Order {
  const line = { variantId: 'var_a', sku: 'A', name: 'A', quantity: 1, unitPrice: money(total), total: money(total) };
  const who = { id: 'ord_1', tenantId: 'ten_1', placedBy: 'usr_1', customerId: null, entryId: 'tml_0' };
  const payment = paymentAsked(mode, 600_000);
  const facts = { lines: [line], total: money(total), requestHash: 'h', decisionWindowMs: 900_000, now: new Date(0) };
  return newOrder({ ...who, ...facts, payment });
}

/** What a step does to the order; refusals are no events. */
function decide(order: Order, one: Step, { now, n }: { now: Date; n: number }): OrderEvent | undefined {
  try {
    switch (one.do) {
      case 'pay':
      case 'authorise':
      case 'refunded': {
        const kind = { pay: 'captured', authorise: 'authorised', refunded: 'refunded' } as const;
        const told = { amount: money(one.amount), provider: 'stripe', reference: one.reference, actor: 'system' };
        return decidePayment(order, { id: `pay_${n}`, kind: kind[one.do], ...told }, now);
      }
      case 'refund':
        return decideRefund(order, { id: `pay_${n}`, amount: money(one.amount), actor: 'usr_2' }, now);
      case 'cancel':
        return decideCancel(order, { at: now, actor: 'usr_1', reason: 'no' });
      case 'expire':
        return decideExpiry(order, new Date(now.getTime() + 600_000));
      case 'sweep':
        return decideDue(order, now, policy);
      case 'answer': {
        const request = one.request === 0 ? order.request : one.request;
        const held = { kind: 'held' as const, request, allocations: [] };
        return decideOutcome(order, one.held ? held : { kind: 'rejected', request, shortages: [] }, now);
      }
      default:
        return one satisfies never;
    }
  } catch (error) {
    if ((error as { code?: string }).code === undefined) throw error;
    return undefined;
  }
}

const sumOf = (order: Order, kind: string) =>
  recordsOf(order)
    .filter((one) => one.kind === kind)
    .reduce((sum, one) => sum + one.amount.amount, 0);
const hasEnded = ({ status }: Order) => ['CANCELLED', 'EXPIRED', 'REJECTED'].includes(status);

function check(before: Order, after: Order, event: OrderEvent): void {
  const { captured, refunded, authorised, refundDue, policy: asked } = paymentOf(after);
  expect([captured, refunded, authorised]).toEqual(['captured', 'refunded', 'authorised'].map((k) => sumOf(after, k)));
  expect(refundDue).toBe(Math.max(0, captured - refunded - (hasEnded(after) ? 0 : total)));
  if (after.status !== before.status) expect(transitions[before.status]).toContain(after.status);
  expect(after.version).toBe(before.version + 1);
  // Nothing reopens what was cancelled or refused.
  if (before.status === 'CANCELLED' || before.status === 'REJECTED') expect(after.status).toBe(before.status);
  if (after.status === 'CONFIRMED' && before.status !== 'CONFIRMED' && asked === 'before_confirm')
    expect(captured - refunded).toBeGreaterThanOrEqual(total);
  expect(after.expiresAt !== undefined).toBe(after.status === 'AWAITING_PAYMENT');
  // Whatever is demanded or given back has a number of its own.
  if (demandOf(before) !== 'none' && demandOf(after) === 'none' && event.type !== 'rejected')
    expect(after.request).toBe(before.request + 1);
  if (after.pending !== null) expect(after.pending.request).toBe(after.request);
  const due = toDomainEvents(event, before, after, { newEventId: () => 'evt', cause: {} }).filter(({ type }) =>
    type.includes('refund.due'),
  );
  expect(due).toHaveLength(refundDue > paymentOf(before).refundDue ? 1 : 0);
}

describe.each(['before_confirm', 'none'] as const)('under the policy %s', (mode) => {
  it('money, status and demand fit each other after every step', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        let order = placed(mode);
        for (const [n, one] of steps.entries()) {
          const event = decide(order, one, { now: new Date((n + 1) * 1_000), n });
          if (event === undefined) continue;
          const after = evolve(order, event, { id: `tml_${n}` });
          check(order, after, event);
          order = after;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('notices of one payment come to the same in any sequence, however often each is sent', () => {
    const notices = fc.array(fc.record({ amount, reference }), { minLength: 1, maxLength: 6 }).chain((told) => {
      const twice = [...told, ...told];
      const { length } = twice;
      return fc.tuple(fc.constant(told), fc.shuffledSubarray(twice, { minLength: length, maxLength: length }));
    });
    fc.assert(
      fc.property(notices, ([told, shuffled]) => {
        const capturedBy = (list: typeof told) =>
          list.reduce((order, one, n) => {
            const event = decide(order, { do: 'pay', ...one }, { now: new Date(n), n });
            return event ? evolve(order, event, { id: `tml_${n}` }) : order;
          }, placed(mode));
        expect(paymentOf(capturedBy(shuffled)).captured).toBe(paymentOf(capturedBy(told)).captured);
      }),
    );
  });
});
