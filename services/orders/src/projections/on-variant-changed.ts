// The catalog created, changed or archived a variant: every event has its full state.
import type { EventOf, variantArchived } from '@holdfast/shared/contracts';
import type { VariantState } from './variants.store.ts';

export function onVariantChanged(event: EventOf<typeof variantArchived>): VariantState {
  const { variantId, sku, productName: name, price, forSale } = event.data;
  return { variantId, tenantId: event.tenantid, sku, name, price, forSale, version: event.aggregateversion };
}
