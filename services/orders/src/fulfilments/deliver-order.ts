// What was shipped has arrived: one parcel, or all of them.
import { correlation } from '@holdfast/shared/telemetry';
import type { RequestKey } from '@holdfast/shared/values';
import type { Changed, ChangeOrder } from '../orders/change-order.ts';
import { type Fulfilment, fulfilmentsOf } from './fulfilment.ts';
import { decideDeliver, decideDeliverParcel } from './shipping.ts';

export type DeliverOrder = { tenantId: string; orderId: string; actor: string; key?: RequestKey | undefined };

/** All parcels of an order. Throws not_found, idempotency_key_reused, and what `decideDeliver` throws. */
export function deliverOrder(command: DeliverOrder, deps: { changeOrder: ChangeOrder }): Promise<Changed> {
  const { tenantId, orderId: id, actor, key } = command;
  const target = { tenantId, id, command: { name: 'orders.deliver', actor, key } };
  return deps.changeOrder(target, (order, at) => decideDeliver(order, { actor }, at), correlation());
}

/** One parcel. Throws not_found, idempotency_key_reused, and what `decideDeliverParcel` throws. */
export async function deliverParcel(
  { tenantId, orderId: id, fulfilmentId, actor, key }: DeliverOrder & { fulfilmentId: string },
  deps: { changeOrder: ChangeOrder },
): Promise<{ fulfilment: Fulfilment; replayed: boolean }> {
  const target = { tenantId, id, command: { name: 'orders.deliver-parcel', actor, key } };
  const { order, replayed } = await deps.changeOrder(
    target,
    (one, at) => decideDeliverParcel(one, { fulfilmentId, actor }, at),
    correlation(),
  );
  return { fulfilment: fulfilmentsOf(order).find((one) => one.id === fulfilmentId)!, replayed };
}
