// A page of the ledger as an export has it: each movement with the SKU that its variant has now.
import type { PageRange } from '@holdfast/shared/persistence';
import { movements } from '../stock/movement.store.ts';
import { toMovementResponse } from '../stock/movements.routes.ts';
import { type LedgerQuery, type ReadLedgerDeps, readLedger } from '../stock/read-ledger.ts';
import type { StockItemStore } from '../stock/stock-item.store.ts';

export type ExportMovements = {
  tenantId: string;
  filter: Pick<LedgerQuery, 'variantId' | 'kind'>;
  range: PageRange & { limit: number };
};
type Deps = ReadLedgerDeps & { items: Pick<StockItemStore, 'readMany'> };

/** The rows, newest first, and the place after which the next page begins; null at the end. */
export async function exportMovements(asked: ExportMovements, deps: Deps) {
  const { tenantId, filter, range } = asked;
  const { variantId, kind } = filter;
  const found = await readLedger({ tenantId, variantId, kind }, range, deps);
  const items = await deps.items.readMany([...new Set(found.map((movement) => movement.variantId))]);
  const skus = new Map(items.map((item) => [item.variantId, item.sku]));
  const rows = found.map((movement) => {
    return { ...toMovementResponse(movement), sku: skus.get(movement.variantId) ?? null };
  });
  const last = found.length === range.limit ? found.at(-1) : undefined;
  return { rows, next: last ? movements.placeOf(last) : null };
}
