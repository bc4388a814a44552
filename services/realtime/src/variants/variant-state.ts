// What realtime knows of a variant: whether customers may hear of it. Pure. Read loosely: what does not look like ours says nothing.
import {
  type DomainEvent,
  variantArchived,
  variantCreated,
  variantSnapshot,
  variantUpdated,
} from '@holdfast/shared/contracts';
import { z } from 'zod';

export type VariantState = { tenantId: string; variantId: string; forSale: boolean; version: number };

const types = new Set([variantCreated, variantUpdated, variantArchived, variantSnapshot].map(({ type }) => type));
const told = z.looseObject({ variantId: z.string(), forSale: z.boolean() });

/** The state that an event of the catalog tells; undefined for any other event. */
export function variantStateOf(event: DomainEvent): VariantState | undefined {
  if (!types.has(event.type)) return undefined;
  const data = told.safeParse(event.data);
  if (!data.success) return undefined;
  const { variantId, forSale } = data.data;
  return { tenantId: event.tenantid, variantId, forSale, version: event.aggregateversion };
}
