// The catalog changed or archived a variant: the stock item follows.
import type { EventOf, variantUpdated } from '@holdfast/shared/contracts';
import type { StockItemUpdate } from './stock-item.ts';

export function onVariantChanged(event: EventOf<typeof variantUpdated>): StockItemUpdate {
  const { variantId, sku, forSale } = event.data;
  return { tenantId: event.tenantid, catalogVersion: event.aggregateversion, variantId, sku, forSale };
}
