// The collections of inventory: which carry their events, which belong to no tenant, and their stores.
import { messagingCollections } from '@holdfast/shared/messaging';
import { createIndexes, type Database } from '@holdfast/shared/persistence';
import { createAdjustmentStore } from './adjustments/adjustment.store.ts';
import { createLocationStore } from './locations/location.store.ts';
import { createReservationStore } from './reservations/reservation.store.ts';
import { createMovementStore } from './stock/movement.store.ts';
import { createStockStore } from './stock/stock.store.ts';
import { createStockItemStore } from './stock/stock-item.store.ts';

export const eventedCollections = ['stock_levels', 'reservations', 'adjustments'] as const;
export const globalCollections = messagingCollections.global;

export type Stores = ReturnType<typeof createStores>;

/** The stores over an open database; nothing is sent yet. */
export function createStores(database: Database) {
  return {
    locations: createLocationStore(database),
    items: createStockItemStore(database),
    levels: createStockStore(database),
    movements: createMovementStore(database),
    reservations: createReservationStore(database),
    adjustments: createAdjustmentStore(database),
  };
}

/** Creates the collections and indexes; safe to repeat. */
export async function prepareStores(database: Database, stores: Stores): Promise<void> {
  await createIndexes(
    database,
    Object.values(stores).map((store) => store.model),
  );
}
