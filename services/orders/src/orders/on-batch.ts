// One batch of events from catalog, auth and inventory: projections first, then the outcomes.
import {
  reservationHeld,
  reservationRejected,
  reservationSnapshot,
  userCreated,
  userSnapshot,
  variantArchived,
  variantCreated,
  variantSnapshot,
  variantUpdated,
} from '@holdfast/shared/contracts';
import type { Batch } from '@holdfast/shared/messaging';
import { applyToProjections } from '../projections/apply-to-projections.ts';
import type { CustomerStore } from '../projections/customers.store.ts';
import type { VariantStore } from '../projections/variants.store.ts';
import type { ChangeOrders } from './change-order.ts';
import { onReservationDecided } from './on-reservation-decided.ts';

export type BatchDeps = {
  changeOrders: ChangeOrders;
  variants: Pick<VariantStore, 'upsert'>;
  customers: Pick<CustomerStore, 'upsert'>;
};

/** The events that change something here. */
export const handledEvents = [
  userCreated,
  variantCreated,
  variantUpdated,
  variantArchived,
  reservationHeld,
  reservationRejected,
  userSnapshot,
  variantSnapshot,
  reservationSnapshot,
];

/** Effects are idempotent by keys of their own (state version, pending request), so the cursors are written after them. */
export async function onBatch(batch: Batch, deps: BatchDeps): Promise<void> {
  const events = batch.entries.map((entry) => entry.event);
  await applyToProjections(events, deps);
  await deps.changeOrders(events.map(onReservationDecided).filter((change) => change !== undefined));
}
