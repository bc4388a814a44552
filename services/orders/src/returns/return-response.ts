// A return as the API shows it. Pure.
import type { Order } from '../orders/order.ts';
import { type Return, statusOf, sumByVariant, versionOf } from './return.ts';

const taken = <By extends string, At extends string>(
  step: { by: string; at: Date } | undefined,
  by: By,
  at: At,
): { [Name in By | At]?: string } =>
  (step === undefined ? {} : { [by]: step.by, [at]: step.at.toISOString() }) as { [Name in By | At]?: string };

/** With how many of each line were approved and came back. */
export function toReturnResponse(order: Pick<Order, 'id' | 'customerId'>, one: Return) {
  const { approval, refusal, receipt, closing } = one;
  const approved = approval && sumByVariant(approval.lines);
  const received = receipt && sumByVariant(receipt.lines);
  return {
    id: one.id,
    orderId: order.id,
    customerId: order.customerId,
    status: statusOf(one),
    lines: one.lines.map((line) => ({
      ...line,
      ...(approved && { approved: approved.get(line.variantId) ?? 0 }),
      ...(received && { received: received.get(line.variantId) ?? 0 }),
    })),
    received: receipt && [...receipt.lines],
    declineReason: refusal?.reason,
    refund: closing?.refund,
    requestedBy: one.requestedBy,
    requestedAt: one.requestedAt.toISOString(),
    ...taken(approval, 'approvedBy', 'approvedAt'),
    ...taken(refusal, 'declinedBy', 'declinedAt'),
    ...taken(receipt, 'receivedBy', 'receivedAt'),
    ...taken(closing, 'closedBy', 'closedAt'),
    version: versionOf(one),
  };
}
