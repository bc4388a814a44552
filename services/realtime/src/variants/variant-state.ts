// What realtime knows of a variant: whether customers may hear of it. Pure. Read loosely:
// what does not look like ours says nothing.
import {
  type DomainEvent,
  variantArchived,
  variantCreated,
  variantSnapshot,
  variantUpdated,
} from '@holdfast/shared/contracts';
import { z } from 'zod';

/** The variant's id is the state's. */
export type VariantState = { id: string; tenantId: string; forSale: boolean; version: number };

const types = new Set([variantCreated, variantUpdated, variantArchived, variantSnapshot].map(({ type }) => type));
const told = z.looseObject({ variantId: z.string(), forSale: z.boolean() });

/** The state in an event of the catalog; undefined for any other event. */
export function variantStateOf(event: DomainEvent): VariantState | undefined {
  if (!types.has(event.type)) return undefined;
  const data = told.safeParse(event.data);
  if (!data.success) return undefined;
  const { variantId: id, forSale } = data.data;
  return { id, tenantId: event.tenantid, forSale, version: event.aggregateversion };
}
