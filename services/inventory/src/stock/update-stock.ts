// Staff set when and how much of a variant to reorder.
// Invariant: the version of a variant's stock, which is the sum of its levels' versions and of what the catalog has
// set, grows with it: its main level is written in the same transaction, and whoever decides on that level finds out.
import { DomainError } from '@holdfast/shared/errors';
import { type Database, inTransaction } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import type { Clock } from '@holdfast/shared/values';
import { mainLocationIdOf } from '../locations/location.ts';
import { type Stock, stockOf } from './read-stock.ts';
import { openBook } from './stock-book.ts';
import type { StockItemStore } from './stock-item.store.ts';
import type { StockLevelStore } from './stock-level.store.ts';
import { levelIdOf } from './stock-level.ts';

export type UpdateStock = {
  tenantId: string;
  variantId: string;
  patch: { reorderLevel?: number | undefined; reorderQuantity?: number | undefined };
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
};
export type UpdateStockDeps = {
  database: Database;
  items: Pick<StockItemStore, 'read' | 'setReorder'>;
  levels: Pick<StockLevelStore, 'allOf' | 'saveAll'>;
  clock: Clock;
};

/** Throws `not_found`, `stale_version`. */
export function updateStock(
  { tenantId, variantId, patch, expectVersion }: UpdateStock,
  { database, items, levels, clock }: UpdateStockDeps,
): Promise<Stock> {
  return inTransaction(database, async (session) => {
    const item = await items.read(variantId, session);
    const read = await levels.allOf([{ tenantId, variantId }], session);
    if (!item || read.length === 0) throw new DomainError('not_found');
    const before = stockOf(item, new Map([[variantId, read]]));
    expectVersion(before.version);
    const { reorderLevel = before.reorderLevel, reorderQuantity = before.reorderQuantity } = patch;
    if (reorderLevel === before.reorderLevel && reorderQuantity === before.reorderQuantity) return before;
    const book = openBook(read, clock.now());
    book.touch(levelIdOf(tenantId, variantId, mainLocationIdOf(tenantId)), correlation());
    await items.setReorder({ tenantId, variantId, reorderLevel, reorderQuantity }, session);
    await levels.saveAll(book.levelChanges(), session);
    return stockOf({ ...item, reorderLevel, reorderQuantity }, new Map([[variantId, book.levels()]]));
  });
}
