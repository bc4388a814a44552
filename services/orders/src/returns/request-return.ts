// Asking to send units of an order back. The return's id derives from the Idempotency-Key.
import { correlation } from '@holdfast/shared/telemetry';
import { derivedId, newId, type RequestKey } from '@holdfast/shared/values';
import type { ChangeOrder } from '../orders/change-order.ts';
import type { Order } from '../orders/order.ts';
import type { TenantSettingsCache } from '../projections/tenant-settings-cache.ts';
import { asWhen, type Return, type ReturnLine, returnsOf } from './return.ts';
import { decideRequest } from './returning.ts';

export type RequestReturnCommand = {
  tenantId: string;
  orderId: string;
  actor: string;
  /** Only this customer's orders exist for the caller, and only within the tenant's window. */
  ownedBy?: string | undefined;
  lines: readonly ReturnLine[];
  key?: RequestKey | undefined;
};
export type RequestReturnDeps = { changeOrder: ChangeOrder; settings: TenantSettingsCache };
export type ReturnOfOrder = { order: Order; returned: Return; replayed: boolean };

/**
 * Requests, or finds the return that the same request has asked for, as it was then.
 * Throws not_found, idempotency_key_reused, what `decideRequest` throws, and Conflict when others keep overtaking it.
 */
export async function requestReturn(command: RequestReturnCommand, deps: RequestReturnDeps): Promise<ReturnOfOrder> {
  const { tenantId, orderId, actor, ownedBy, lines, key } = command;
  const name = 'orders.request-return';
  const returnId = key ? derivedId('ret', tenantId, actor, name, orderId, key.key) : newId('ret');
  const windowDays = ownedBy === undefined ? undefined : (await deps.settings.of(tenantId)).returnWindowDays;
  const target = { tenantId, id: orderId, ownedBy, command: { name, actor, key } };
  const { order, replayed } = await deps.changeOrder(
    target,
    (one, at) => decideRequest(one, { returnId, actor, lines, windowDays }, at),
    correlation(),
  );
  const returned = returnsOf(order).find(({ id }) => id === returnId)!;
  return { order, returned: asWhen(returned, 'REQUESTED'), replayed };
}
