// Cancelling an order, or the rest of it: the next request, which demands nothing. Allowed until everything has left,
// also while undecided.
import { correlation } from '@holdfast/shared/telemetry';
import type { RequestKey } from '@holdfast/shared/values';
import { decideCancel } from './cancellation.ts';
import type { Changed, ChangeOrder } from './change-order.ts';

export type CancelOrder = {
  tenantId: string;
  orderId: string;
  actor: string;
  /** Only this customer's orders exist for the caller. */
  ownedBy?: string | undefined;
  reason: string;
  /** May also cancel the rest of an order of which a part has left. */
  isStaff?: boolean | undefined;
  key?: RequestKey | undefined;
};

/**
 * Cancels, or finds that the same request has done so.
 * Throws not_found, illegal_transition, idempotency_key_reused, and Conflict when others keep overtaking it.
 */
export function cancelOrder(command: CancelOrder, deps: { changeOrder: ChangeOrder }): Promise<Changed> {
  const { tenantId, orderId: id, actor, ownedBy, reason, isStaff, key } = command;
  const target = { tenantId, id, ownedBy, command: { name: 'orders.cancel', actor, key } };
  return deps.changeOrder(target, (order, at) => decideCancel(order, { at, actor, reason, isStaff }), correlation());
}
