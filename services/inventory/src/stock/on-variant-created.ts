// The catalog has a variant: it gets a stock item, and a level if it has none.
import { causeOf, type EventOf, type variantCreated, type variantSnapshot } from '@holdfast/shared/contracts';
import type { OpenLevel } from './open-level.ts';
import type { StockItem } from './stock-item.ts';

type FullState = EventOf<typeof variantCreated> | EventOf<typeof variantSnapshot>;

export function stockItemOf(event: FullState): StockItem {
  const { variantId, sku, reorderLevel, forSale } = event.data;
  return { tenantId: event.tenantid, catalogVersion: event.aggregateversion, variantId, sku, reorderLevel, forSale };
}

export function openingOf(event: FullState): OpenLevel {
  const { variantId, initialStock, createdBy: actor = 'service:catalog' } = event.data;
  return { tenantId: event.tenantid, variantId, initialStock, actor, cause: causeOf(event) };
}
