// One batch of events from catalog, auth and inventory: projections first, then the outcomes, then the waiters.
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
import type { Clock } from '@holdfast/shared/values';
import { applyToProjections } from '../projections/apply-to-projections.ts';
import type { CustomerStore } from '../projections/customers.store.ts';
import type { VariantStore } from '../projections/variants.store.ts';
import { applyOutcomes } from './on-reservation-decided.ts';
import type { OrderStore } from './order.store.ts';
import type { Order } from './order.ts';
import type { RecentOrders } from './recent-orders.ts';

export type BatchDeps = {
  store: OrderStore;
  recent: RecentOrders;
  variants: Pick<VariantStore, 'upsert'>;
  customers: Pick<CustomerStore, 'upsert'>;
  clock: Clock;
  onDecided(order: Order): void;
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
  for (const order of await applyOutcomes(events, deps)) deps.onDecided(order);
}
