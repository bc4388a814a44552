// The collections of inventory that carry their events, and the stores of all of them.
import type { Database } from '@holdfast/shared/persistence';
import { createAdjustmentStore } from './adjustments/adjustment.store.ts';
import { createLocationStore } from './locations/location.store.ts';
import { createReservationStore } from './reservations/reservation.store.ts';
import { createMovementStore } from './stock/movement.store.ts';
import { createStockStore } from './stock/stock.store.ts';
import { createStockItemStore } from './stock/stock-item.store.ts';

export const eventedCollections = ['stock_levels', 'reservations', 'adjustments'] as const;

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
