// Recording that money was given back.
import { correlation } from '@holdfast/shared/telemetry';
import { derivedId, type Money, newId, type RequestKey } from '@holdfast/shared/values';
import type { ChangeOrder } from '../orders/change-order.ts';
import { type PaymentRecord, recordsOf } from './payment.ts';
import { decideRefund } from './refund.ts';

export type RefundPayment = {
  tenantId: string;
  orderId: string;
  actor: string;
  amount: Money;
  reason?: string | undefined;
  provider?: string | undefined;
  reference?: string | undefined;
  key?: RequestKey | undefined;
};
export type Refunded = { refund: PaymentRecord; replayed: boolean };

/**
 * Records a refund of at most what was captured and not refunded.
 * Throws not_found, refund_too_large, payment_recorded, wrong_currency, too_many_payments, idempotency_key_reused, and
 * Conflict when others keep overtaking it.
 */
export async function refundPayment(
  command: RefundPayment,
  { changeOrder }: { changeOrder: ChangeOrder },
): Promise<Refunded> {
  const { tenantId, orderId, actor, key, ...asked } = command;
  const name = 'orders.refund';
  const id = key ? derivedId('pay', tenantId, actor, name, orderId, key.key) : newId('pay');
  const refund = { ...asked, id, actor };
  const target = { tenantId, id: orderId, command: { name, actor, key, isForArchived: true as const } };
  const { order, replayed } = await changeOrder(target, (found, at) => decideRefund(found, refund, at), correlation());
  return { refund: recordsOf(order).find((one) => one.id === id)!, replayed };
}
