// Average costs in MongoDB.
import { type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import type { VariantCost } from './variant-cost.ts';

export const variantCosts = defineCollection<VariantCost>({
  name: 'variant_costs',
  holds: 'What a unit of a variant has cost on average.',
  fields: { variantId: field.text, currency: field.text, average: field.number, version: field.number },
});

export type VariantCostStore = ReturnType<typeof openVariantCosts>;
export const openVariantCosts = (database: Database) => openCollection(database, variantCosts);
