// The rows of an import that failed, as CSV, page after page.
import { asTenant } from '@holdfast/shared/persistence';
import { csvOf } from '../csv/write-csv.ts';
import { errorsKeptMax, errorsPageMax } from '../limits.ts';
import type { ImportErrorStore } from './import.store.ts';
import type { Import } from './import.ts';

const columns = ['line', 'column', 'code', 'message'] as const;

/** The file, in pieces. It is read after the request's handler has ended, so each page enters the tenant anew. */
export async function* errorsAsCsv(
  { id, tenantId, rowsFailed, failure }: Import,
  errors: Pick<ImportErrorStore, 'after'>,
): AsyncGenerator<Buffer> {
  yield csvOf([columns]);
  let kept = 0;
  for (let line = 0; ; ) {
    const page = await asTenant(tenantId, () => errors.after(tenantId, id, line, errorsPageMax));
    if (page.length > 0) yield csvOf(page.map((one) => columns.map((column) => one[column])));
    kept += page.length;
    if (page.length < errorsPageMax) break;
    line = page.at(-1)!.line;
  }
  if (kept >= errorsKeptMax && rowsFailed > kept) {
    yield csvOf([['', '', 'more', `${rowsFailed - kept} more rows failed; only the first ${kept} are named.`]]);
  }
  if (failure) yield csvOf([[failure.line ?? '', '', failure.code, failure.message]]);
}
