// Correcting what a parcel is known by at its carrier, until it has arrived.
import { DomainError } from '@holdfast/shared/errors';
import { correlation } from '@holdfast/shared/telemetry';
import type { ChangeOrder } from '../orders/change-order.ts';
import type { Order } from '../orders/order.ts';
import { type Fulfilment, fulfilmentsOf, versionOf } from './fulfilment.ts';
import { type Correction, decideCorrect } from './shipping.ts';

export type CorrectParcel = {
  tenantId: string;
  orderId: string;
  fulfilmentId: string;
  actor: string;
  patch: Correction;
  /** Throws `stale_version` when the client means another version. */
  expectVersion: (stored: number) => void;
};

/** Throws not_found, stale_version, illegal_transition, and Conflict when others keep overtaking it. */
export async function correctParcel(
  { tenantId, orderId: id, fulfilmentId, actor, patch, expectVersion }: CorrectParcel,
  deps: { changeOrder: ChangeOrder },
): Promise<Fulfilment> {
  const { order } = await deps.changeOrder(
    { tenantId, id },
    (one, at) => {
      expectVersion(versionOf(findParcel(one, fulfilmentId)));
      return decideCorrect(one, { fulfilmentId, actor, patch }, at);
    },
    correlation(),
  );
  return findParcel(order, fulfilmentId);
}

/** Throws not_found. */
export function findParcel(order: Order, fulfilmentId: string): Fulfilment {
  const found = fulfilmentsOf(order).find(({ id }) => id === fulfilmentId);
  if (found === undefined) throw new DomainError('not_found');
  return found;
}
