// Applies rows of products: as a bulk upsert, in whose transactions the import is still ours.

import type { WriteMarker } from '@holdfast/shared/cache';
import { upsertRowsMax } from '@holdfast/shared/contracts';
import type { Session } from '@holdfast/shared/persistence';
import { NotNow, Superseded } from '../jobs/end-early.ts';
import type { RowResult } from '../variants/upsert-rows.ts';
import { type UpsertDeps, upsertVariants } from '../variants/upsert-variants.ts';
import type { ImportStore } from './import.store.ts';
import type { Import } from './import.ts';
import { columnOf } from './product-row.ts';
import type { RowFailure } from './read-rows.ts';
import type { RowApplier } from './run-import.ts';

type ApplierDeps = UpsertDeps & { imports: Pick<ImportStore, 'read'>; marker: Pick<WriteMarker, 'begin'> };

/** The applier over these stores. */
export function productApplier(deps: ApplierDeps): RowApplier {
  return {
    rowsMax: upsertRowsMax,
    async apply(rows, job) {
      const { tenantId, createdBy: userId } = job;
      const products = rows.flatMap((row) => ('product' in row ? [row.product] : []));
      const fence = (session: Session) => assertOwned(job, session, deps);
      const marks = deps.marker.begin();
      const results = await marks.run(() =>
        upsertVariants({ caller: { tenantId, userId }, rows: products, fence }, deps),
      );
      // Before the import says that they are in force: who hears of it reads them.
      await marks.settle();
      return results.flatMap((result) => failureOf(result, rows[result.row]!.line));
    },
  };
}

/**
 * A process that was paused in the middle of its rows must not go on with them after another one has taken the import
 * on: what they say may be older than what has been changed since.
 */
async function assertOwned(
  { tenantId, id, version }: Import,
  session: Session,
  { imports }: { imports: Pick<ImportStore, 'read'> },
): Promise<void> {
  const stored = await imports.read({ tenantId, id }, { session });
  if (stored?.version !== version) throw new Superseded();
}

function failureOf({ status, code = 'failed', message = '', pointer = '' }: RowResult, line: number): RowFailure[] {
  if (status !== 'failed') return [];
  if (code === 'busy') throw new NotNow('others change the same products all the time');
  const path = pointer.split('/').slice(1);
  return [{ line, column: columnOf(path), code, message }];
}
