// The collections of inventory and their stores.
import type { Database } from '@holdfast/shared/persistence';
import { adjustments, openAdjustments } from './adjustments/adjustment.store.ts';
import { locations, openLocations } from './locations/location.store.ts';
import { incoming, openIncoming } from './purchase-orders/incoming.store.ts';
import {
  openPurchaseNumbers,
  openPurchaseOrders,
  purchaseNumbers,
  purchaseOrders,
} from './purchase-orders/purchase-order.store.ts';
import { openReceipts, receipts } from './purchase-orders/receipt.store.ts';
import { openVariantCosts, variantCosts } from './purchase-orders/variant-cost.store.ts';
import { openReconciliations, reconciliations } from './reconciliation/reconciliation.store.ts';
import { openReservations, reservations } from './reservations/reservation.store.ts';
import { openTenantSettings, tenantSettings } from './settings/tenant-settings.store.ts';
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
  purchaseOrders,
  purchaseNumbers,
  receipts,
  incoming,
  variantCosts,
  tenantSettings,
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
    purchaseOrders: openPurchaseOrders(database),
    purchaseNumbers: openPurchaseNumbers(database),
    receipts: openReceipts(database),
    incoming: openIncoming(database),
    variantCosts: openVariantCosts(database),
    settings: openTenantSettings(database),
  };
}

/** The documents that commands on stock decide on, in the order in which they are written. */
type DocumentStores =
  | 'locations'
  | 'adjustments'
  | 'transfers'
  | 'reservations'
  | 'purchaseOrders'
  | 'receipts'
  | 'incoming'
  | 'variantCosts';
export function documentsOf(stores: Pick<Stores, DocumentStores>) {
  const { locations, adjustments, transfers, reservations, purchaseOrders, receipts } = stores;
  const { incoming: expected, variantCosts: costs } = stores;
  return [locations, adjustments, transfers, reservations, purchaseOrders, receipts, expected, costs];
}
