// The catalog changed or archived a variant: the stock item follows.
import type { EventOf, variantArchived, variantUpdated } from '@holdfast/shared/contracts';
import type { StockItemUpdate } from './stock-item.ts';

type Changed = EventOf<typeof variantUpdated> | EventOf<typeof variantArchived>;

export function onVariantChanged(event: Changed): StockItemUpdate {
  const { variantId, sku, forSale } = event.data;
  const update = { tenantId: event.tenantid, catalogVersion: event.aggregateversion, variantId, sku, forSale };
  // Set by a bulk upsert or an import; every other change leaves it as inventory has it.
  const { reorderLevel } = event.data;
  return typeof reorderLevel === 'number' ? { ...update, reorderLevel } : update;
}
