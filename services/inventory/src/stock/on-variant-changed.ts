// The catalog created or changed a variant: the stock item follows.
import {
  type DomainEvent,
  isEvent,
  variantArchived,
  variantCreated,
  variantSnapshot,
  variantUpdated,
} from '@holdfast/shared/contracts';
import type { StockItemChange } from './stock-item.ts';

/** What the event changes in the stock item, or undefined for any other event. */
export function onVariantChanged(event: DomainEvent): StockItemChange | undefined {
  const about = { tenantId: event.tenantid, catalogVersion: event.aggregateversion };
  if (isEvent(event, variantCreated)) {
    const { variantId, sku, reorderLevel, forSale } = event.data;
    return { kind: 'created', item: { ...about, variantId, sku, reorderLevel, forSale } };
  }
  if (isEvent(event, variantSnapshot)) {
    const { variantId, sku, reorderLevel, forSale } = event.data;
    return { kind: 'told', item: { ...about, variantId, sku, reorderLevel, forSale } };
  }
  if (isEvent(event, variantUpdated) || isEvent(event, variantArchived)) {
    const { variantId, sku, forSale } = event.data;
    return { kind: 'updated', item: { ...about, variantId, sku, forSale } };
  }
  return undefined;
}
