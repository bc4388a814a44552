// A page of stock as an export has it: one row for each level, with the names of variants and locations.
import { locationsMax } from '@holdfast/shared/contracts';
import type { LocationStore } from '../locations/location.store.ts';
import { listStock, type ReadStockDeps } from '../stock/read-stock.ts';
import { availableOf } from '../stock/stock-level.ts';

export type ExportStock = {
  tenantId: string;
  filter: { locationId?: string | undefined };
  /** The variant after which it goes on. */
  after?: string | undefined;
  /** Variants, each with its levels. */
  limit: number;
};
type Deps = ReadStockDeps & { locations: Pick<LocationStore, 'list'> };

/** The rows by variant, and the variant after which the next page begins; null at the end. */
export async function exportStock({ tenantId, filter, after, limit }: ExportStock, deps: Deps) {
  const live = await deps.locations.list({ tenantId, deletedAt: null }, { limit: locationsMax });
  const names = new Map(live.map(({ id, name }) => [id, name]));
  const found = await listStock(filter, after, limit, deps);
  const rows = found.flatMap(({ variantId, sku, reorderLevel, levels }) =>
    levels.map((level) => ({
      sku,
      variantId,
      location: names.get(level.locationId) ?? null,
      locationId: level.locationId,
      onHand: level.onHand,
      reserved: level.reserved,
      available: availableOf(level),
      reorderLevel,
    })),
  );
  return { rows, next: found.length === limit ? found.at(-1)!.variantId : null };
}
