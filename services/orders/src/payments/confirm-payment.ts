// Recording a payment that staff or a shop's own backend knows of.
import { DomainError } from '@holdfast/shared/errors';
import { correlation } from '@holdfast/shared/telemetry';
import { derivedId, type Money, type RequestKey } from '@holdfast/shared/values';
import type { Changed, ChangeOrder } from '../orders/change-order.ts';
import type { Order } from '../orders/order.ts';
import { amountUnder, decidePayment, decideRepeated, type Payment } from './pay.ts';
import { recordsOf } from './payment.ts';

export type ConfirmPayment = {
  tenantId: string;
  orderId: string;
  actor: string;
  amount: Money;
  provider: string;
  reference: string;
  key: RequestKey;
};

/**
 * Records a captured payment, once for its provider and reference; a key under which it is sent again is kept.
 * Throws not_found, payment_recorded, wrong_currency, too_many_payments, idempotency_key_reused, and Conflict when
 * others keep overtaking it.
 */
export function confirmPayment(command: ConfirmPayment, deps: { changeOrder: ChangeOrder }): Promise<Changed> {
  const { tenantId, orderId, actor, amount, provider, reference, key } = command;
  const id = derivedId('pay', tenantId, orderId, 'captured', provider, reference);
  const payment = { id, kind: 'captured', amount, provider, reference, actor } as const;
  const target = {
    tenantId,
    id: orderId,
    command: { name: 'orders.confirm-payment', actor, key, isForArchived: true as const },
  };
  return deps.changeOrder(
    target,
    (order, at) => {
      assertNotRecorded(order, payment);
      return decidePayment(order, payment, at) ?? decideRepeated(order, payment, at);
    },
    correlation(),
  );
}

/** The same amount again is the same payment; another one is somebody's mistake. */
function assertNotRecorded(order: Order, payment: Payment): void {
  const recorded = amountUnder(payment, recordsOf(order));
  if (recorded === 0 || recorded === payment.amount.amount) return;
  throw new DomainError('payment_recorded', {
    extra: { recorded: { amount: recorded, currency: order.total.currency } },
  });
}
