// The catalog changed a variant, or auth created a user: the projections follow.
import {
  type DomainEvent,
  isEvent,
  userCreated,
  userSnapshot,
  variantArchived,
  variantCreated,
  variantSnapshot,
  variantUpdated,
} from '@holdfast/shared/contracts';
import type { CustomerStore } from './customers.store.ts';
import type { VariantState, VariantStore } from './variants.store.ts';

/** The variant's state in an event of the catalog, or undefined. */
export function variantStateOf(event: DomainEvent): VariantState | undefined {
  if (![variantCreated, variantUpdated, variantArchived, variantSnapshot].some(({ type }) => type === event.type))
    return undefined;
  const { variantId, sku, productName, price, forSale } = variantUpdated.data.parse(event.data);
  return {
    variantId,
    tenantId: event.tenantid,
    sku,
    name: productName,
    price,
    forSale,
    version: event.aggregateversion,
  };
}

/** Applies a batch of catalog and auth events to the projections. */
export async function applyToProjections(
  events: readonly DomainEvent[],
  stores: { variants: Pick<VariantStore, 'upsert'>; customers: Pick<CustomerStore, 'upsert'> },
): Promise<void> {
  const variants = events.map(variantStateOf).filter((state) => state !== undefined);
  if (variants.length > 0) await stores.variants.upsert(variants);
  const users = events.flatMap((event) => {
    if (!isEvent(event, userCreated) && !isEvent(event, userSnapshot)) return [];
    const { userId, role } = userCreated.data.parse(event.data);
    return [{ _id: userId, tenantId: event.tenantid, role, version: event.aggregateversion }];
  });
  const customers = users.filter((user) => user.role === 'CUSTOMER');
  if (customers.length > 0) await stores.customers.upsert(customers);
}
