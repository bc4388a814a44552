// A page of the ledger as an export has it: each movement with the SKU that its variant has now.
import type { PageRange } from '@holdfast/shared/persistence';
import { type MovementStore, movements } from '../stock/movement.store.ts';
import type { MovementKind } from '../stock/movement.ts';
import { toMovementResponse } from '../stock/movements.routes.ts';
import type { StockItemStore } from '../stock/stock-item.store.ts';

export type ExportMovements = {
  filter: { variantId?: string | undefined; kind?: MovementKind | undefined };
  range: PageRange & { limit: number };
};
type Deps = { movements: Pick<MovementStore, 'list'>; items: Pick<StockItemStore, 'readMany'> };

/** The rows, newest first, and the place after which the next page begins; null at the end. */
export async function exportMovements({ filter: { variantId, kind }, range }: ExportMovements, deps: Deps) {
  const found = await deps.movements.list({ variantId, kinds: kind && [kind] }, range);
  const items = await deps.items.readMany([...new Set(found.map((movement) => movement.variantId))]);
  const skus = new Map(items.map((item) => [item.variantId, item.sku]));
  const rows = found.map((movement) => {
    return { ...toMovementResponse(movement), sku: skus.get(movement.variantId) ?? null };
  });
  const last = found.length === range.limit ? found.at(-1) : undefined;
  return { rows, next: last ? movements.placeOf(last) : null };
}
