// The collections of inventory and their stores.
import type { Database } from '@holdfast/shared/persistence';
import { adjustments, openAdjustments } from './adjustments/adjustment.store.ts';
import { locations, openLocations } from './locations/location.store.ts';
import { openReconciliations, reconciliations } from './reconciliation/reconciliation.store.ts';
import { openReservations, reservations } from './reservations/reservation.store.ts';
import { movements, openMovements } from './stock/movement.store.ts';
import { openStockItems, stockItems } from './stock/stock-item.store.ts';
import { openStockLevels, stockLevels } from './stock/stock-level.store.ts';
import { openSuppliers, suppliers } from './suppliers/supplier.store.ts';
import { openSupplierItems, supplierItems } from './suppliers/supplier-item.store.ts';
import { openTransfers, transfers } from './transfers/transfer.store.ts';

/** In the order of a resync: what others depend on comes first. */
export const collections = [
  locations,
  stockItems,
  stockLevels,
  reservations,
  movements,
  adjustments,
  transfers,
  reconciliations,
  suppliers,
  supplierItems,
] as const;
export const eventedCollections = collections.flatMap(({ isEvented, name }) => (isEvented ? [name] : []));

export type Stores = ReturnType<typeof createStores>;

/** The stores over an open database; nothing is sent yet. */
export function createStores(database: Database) {
  return {
    locations: openLocations(database),
    items: openStockItems(database),
    levels: openStockLevels(database),
    movements: openMovements(database),
    reservations: openReservations(database),
    adjustments: openAdjustments(database),
    transfers: openTransfers(database),
    reconciliations: openReconciliations(database),
    suppliers: openSuppliers(database),
    supplierItems: openSupplierItems(database),
  };
}

/** The documents that commands on stock decide on, in the order in which they are written. */
export function documentsOf(stores: Pick<Stores, 'locations' | 'adjustments' | 'transfers' | 'reservations'>) {
  const { locations, adjustments, transfers, reservations } = stores;
  return [locations, adjustments, transfers, reservations];
}
