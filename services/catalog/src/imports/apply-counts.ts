// Applies rows of stock counts: SKUs are looked up here, counts are decided by inventory.
import type { AskService } from '@holdfast/shared/http';
import { z } from 'zod';
import { NotNow } from '../jobs/end-early.ts';
import { countRowsMax } from '../limits.ts';
import { skuKeyOf } from '../variants/sku.ts';
import type { VariantStore } from '../variants/variant.store.ts';
import type { CountRow } from './count-row.ts';
import type { RowFailure } from './read-rows.ts';
import type { RowApplier } from './run-import.ts';

type Counted = { line: number; count: CountRow };
const answer = z.object({
  failed: z.array(z.object({ line: z.int(), field: z.string(), code: z.string(), message: z.string() })),
});
/** What inventory calls a field, as a column of the file. */
const columns: Readonly<Record<string, string>> = {
  variantId: 'sku',
  locationId: 'location',
  onHand: 'expectedOnHand',
};

/** The applier over inventory, where a count's id derives from the import and its line. */
export function countApplier(deps: {
  variants: Pick<VariantStore, 'findActive'>;
  askInventory: AskService;
}): RowApplier {
  return {
    rowsMax: countRowsMax,
    async apply(rows, { id: importId, tenantId, createdBy: actor }) {
      const counted = rows.flatMap((row) => ('count' in row ? [row] : []));
      const ids = await variantIds(counted, tenantId, deps);
      const known = counted.flatMap(({ line, count }) => {
        const variantId = ids.get(skuKeyOf(count.sku));
        const { location, expectedOnHand } = count;
        return variantId === undefined ? [] : [{ line, variantId, count: count.count, location, expectedOnHand }];
      });
      const unknown = counted.filter(({ count }) => !ids.has(skuKeyOf(count.sku))).map(unknownSku);
      if (known.length === 0) return unknown;
      const body = { tenantId, actor, importId, counts: known };
      const asked = await deps.askInventory('/internal/stock-counts', body).catch((error) => {
        throw new NotNow('inventory does not answer', error);
      });
      const { failed } = answer.parse(asked);
      return [...unknown, ...failed.map(({ field, ...flaw }) => ({ ...flaw, column: columns[field] ?? field }))];
    },
  };
}

async function variantIds(
  rows: readonly Counted[],
  tenantId: string,
  { variants }: { variants: Pick<VariantStore, 'findActive'> },
): Promise<Map<string, string>> {
  const keys = new Set(rows.map(({ count }) => skuKeyOf(count.sku)));
  const found = await variants.findActive(tenantId, [...keys]);
  return new Map(found.map(({ skuKey, id }) => [skuKey, id]));
}

function unknownSku({ line }: Counted): RowFailure {
  return { line, column: 'sku', code: 'unknown_sku', message: 'No active variant has this SKU.' };
}
