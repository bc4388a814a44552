// Shipping an order, or a part of it: one parcel. Its id derives from the Idempotency-Key.
import { correlation } from '@holdfast/shared/telemetry';
import { derivedId, newId, type RequestKey } from '@holdfast/shared/values';
import type { ChangeOrder } from '../orders/change-order.ts';
import { type Fulfilment, fulfilmentsOf } from './fulfilment.ts';
import { decideShip, type ShipCommand } from './shipping.ts';

export type ShipOrder = Omit<ShipCommand, 'fulfilmentId'> & {
  tenantId: string;
  orderId: string;
  key?: RequestKey | undefined;
};

/**
 * Ships, or finds the parcel that the same request has shipped, as it was then.
 * Throws not_found, idempotency_key_reused, what `decideShip` throws, and Conflict when others keep overtaking it.
 */
export async function shipOrder(
  { tenantId, orderId, key, ...command }: ShipOrder,
  deps: { changeOrder: ChangeOrder },
): Promise<{ fulfilment: Fulfilment; replayed: boolean }> {
  const { actor } = command;
  const name = 'orders.ship';
  const fulfilmentId = key ? derivedId('ful', tenantId, actor, name, orderId, key.key) : newId('ful');
  const target = { tenantId, id: orderId, command: { name, actor, key } };
  const { order, replayed } = await deps.changeOrder(
    target,
    (one, at) => decideShip(one, { ...command, fulfilmentId }, at),
    correlation(),
  );
  const fulfilment = fulfilmentsOf(order).find(({ id }) => id === fulfilmentId)!;
  // Whatever has become of it: a request that is repeated has asked for this parcel to leave like this.
  const { carrier, trackingNumber } = command;
  return {
    fulfilment: { ...fulfilment, carrier, trackingNumber, corrections: undefined, delivery: undefined },
    replayed,
  };
}
