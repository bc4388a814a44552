// What a unit of a variant has cost on average, over what is on hand: moved by receipts and by their reversal, never by
// sales. Pure. Averages of different currencies are never mixed: a receipt in another currency begins anew.
import { derivedId, type Money } from '@holdfast/shared/values';
import type { DocumentKind } from '../stock/stock-documents.ts';

/** Parts of a minor unit that an average is kept in, so that many small receipts do not round it away. */
const partsPerUnit = 10_000n;

export type VariantCost = {
  id: string;
  tenantId: string;
  variantId: string;
  currency: string;
  /** In ten-thousandths of a minor unit. */
  average: number;
  version: number;
};

/** The documents that commands on stock decide on. */
export const variantCostKind: DocumentKind<VariantCost> = { name: 'variant_costs' };

export const variantCostIdOf = (tenantId: string, variantId: string) => derivedId('cst', tenantId, variantId);

/** In minor units, rounded. */
export function averageOf({ average, currency }: Pick<VariantCost, 'average' | 'currency'>): Money {
  return { amount: Number((BigInt(average) + partsPerUnit / 2n) / partsPerUnit), currency };
}

export type CostChange = {
  tenantId: string;
  variantId: string;
  /** Units on hand over all locations before the change. */
  onHand: number;
  /** Units that come, or go again where negative. */
  units: number;
  unitCost: Money;
};

/** The cost after units have come or gone again; undefined when nothing is to be changed. */
export function movedCost(before: VariantCost | undefined, change: CostChange): VariantCost | undefined {
  const { tenantId, variantId, onHand, units, unitCost } = change;
  if (units === 0) return undefined;
  const known = before?.currency === unitCost.currency ? before : undefined;
  // What is taken back in another currency than the average is in has no part in it.
  if (units < 0 && known === undefined) return undefined;
  const cost = BigInt(unitCost.amount) * partsPerUnit;
  // What was on hand before the first receipt has a cost that nobody knows: it counts like the receipt.
  const former = known === undefined ? cost : BigInt(known.average);
  const after = BigInt(onHand + units);
  const value = former * BigInt(onHand) + cost * BigInt(units);
  // Once all is gone, or more value is taken away than is there, the last average stays.
  if (after <= 0n || value < 0n) return undefined;
  const average = Number((value + after / 2n) / after);
  if (known?.average === average) return undefined;
  const id = variantCostIdOf(tenantId, variantId);
  return { id, tenantId, variantId, currency: unitCost.currency, average, version: (before?.version ?? 0) + 1 };
}
