// What a tenant has of its variants: the stock item with the sum of its levels.
import { retryUntilFound } from '@holdfast/shared/messaging';
import { keyText, type Money } from '@holdfast/shared/values';
import type { IncomingStore } from '../purchase-orders/incoming.store.ts';
import type { VariantCostStore } from '../purchase-orders/variant-cost.store.ts';
import { averageOf, variantCostIdOf } from '../purchase-orders/variant-cost.ts';
import type { StockItemStore } from './stock-item.store.ts';
import type { StockItem } from './stock-item.ts';
import type { StockLevelStore } from './stock-level.store.ts';
import { availableOf, type StockLevel } from './stock-level.ts';

export type ReadStockDeps = {
  items: Pick<StockItemStore, 'read' | 'readMany' | 'list'>;
  levels: Pick<StockLevelStore, 'ofVariants' | 'list'>;
};

export type Stock = {
  variantId: string;
  sku: string;
  reorderLevel: number;
  reorderQuantity: number;
  /** By location id. */
  levels: readonly StockLevel[];
  onHand: number;
  reserved: number;
  available: number;
  /** Grows with every change of a level, and of what is kept of the variant itself. */
  version: number;
};

/** The sums over the levels of a variant. */
export function stockOf(
  { variantId, sku, reorderLevel, reorderQuantity = 0, catalogReorders = 0 }: StockItem,
  all: ReadonlyMap<string, StockLevel[]>,
): Stock {
  const levels = all.get(variantId) ?? [];
  const sum = (field: (level: StockLevel) => number) => levels.reduce((total, level) => total + field(level), 0);
  return {
    variantId,
    sku,
    reorderLevel,
    reorderQuantity,
    levels,
    onHand: sum((level) => level.onHand),
    reserved: sum((level) => level.reserved),
    available: sum(availableOf),
    version: sum((level) => level.version) + catalogReorders,
  };
}

async function withLevels(items: readonly StockItem[], locationId: string | undefined, deps: ReadStockDeps) {
  const levels = await deps.levels.ofVariants(
    items.map((item) => item.variantId),
    locationId,
  );
  const byVariant = Map.groupBy(levels, (level) => level.variantId);
  return items.map((item) => stockOf(item, byVariant));
}

/**
 * The stock of one variant; undefined when the tenant has no such variant, or none that is for sale. Retried for up to
 * 1 s in both cases: the time that it takes must not tell them apart.
 */
export async function readStock(
  variantId: string,
  { onlyForSale }: { onlyForSale: boolean },
  deps: ReadStockDeps,
): Promise<Stock | undefined> {
  const isShown = (one: StockItem | undefined) => one !== undefined && (one.forSale === true || !onlyForSale);
  const found = await retryUntilFound(() => deps.items.read(variantId), isShown);
  const item = isShown(found) ? found : undefined;
  return item && (await withLevels([item], undefined, deps))[0];
}

export type PurchasingDeps = {
  incoming: Pick<IncomingStore, 'ofVariants'>;
  variantCosts: Pick<VariantCostStore, 'readMany'>;
};
/** Stock with what purchase orders bring and what receipts have cost. */
export type PurchasedStock = Stock & {
  /** By location id; open purchase orders bring none to the others. */
  incoming: ReadonlyMap<string, number>;
  averageCost: Money | undefined;
};

/** Adds what purchasing knows of these variants; with a location, only what comes there. */
export async function withPurchasing(
  stocks: readonly Stock[],
  { tenantId, locationId }: { tenantId: string; locationId?: string | undefined },
  { incoming, variantCosts }: PurchasingDeps,
): Promise<PurchasedStock[]> {
  if (stocks.length === 0) return [];
  const variantIds = stocks.map(({ variantId }) => variantId);
  const costKeys = variantIds.map((variantId) => ({ tenantId, id: variantCostIdOf(tenantId, variantId) }));
  const [coming, costs] = await Promise.all([
    incoming.ofVariants(variantIds, locationId),
    variantCosts.readMany(costKeys),
  ]);
  const byVariant = Map.groupBy(coming, ({ variantId }) => variantId);
  return stocks.map((stock) => {
    const places = byVariant.get(stock.variantId) ?? [];
    const cost = costs.get(keyText(tenantId, variantCostIdOf(tenantId, stock.variantId)));
    return {
      ...stock,
      incoming: new Map(places.map((place) => [place.locationId, place.quantity])),
      averageCost: cost && averageOf(cost),
    };
  });
}

export type StockFilter = { variantId?: string | undefined; locationId?: string | undefined };

/**
 * A page by variant id, after `after`. With a location, only what lies there,
 * and only variants that have a level there.
 */
export async function listStock(
  { variantId, locationId }: StockFilter,
  after: string | undefined,
  limit: number,
  deps: ReadStockDeps,
): Promise<Stock[]> {
  if (variantId !== undefined) {
    const item = after === undefined ? await deps.items.read(variantId) : undefined;
    const found = item ? await withLevels([item], locationId, deps) : [];
    return found.filter((stock) => stock.levels.length > 0);
  }
  if (locationId === undefined) return withLevels(await deps.items.list(after, limit), undefined, deps);
  const levels = await deps.levels.list(
    { locationId },
    { after: after === undefined ? undefined : { sort: after, id: '' }, limit },
  );
  const byVariant = Map.groupBy(levels, (level) => level.variantId);
  const items = await deps.items.readMany([...byVariant.keys()]);
  return items.map((item) => stockOf(item, byVariant));
}
