// Removes what nobody needs any more: jobs that ended long ago, and files that were never finished.
// Invariant: a job goes after its file and after the errors of its rows, so that neither is left without it.
import type { Clock, Log } from '@holdfast/shared/values';
import type { ExportStore } from '../exports/export.store.ts';
import type { ImportErrorStore, ImportStore } from '../imports/import.store.ts';
import { endedJobsKeptMs, purgedJobsMax, unfinishedFileMs } from '../limits.ts';
import type { Storage } from '../storage/storage.ts';

export type PurgeDeps = {
  imports: Pick<ImportStore, 'purge'>;
  importErrors: Pick<ImportErrorStore, 'purgeOf'>;
  exports: Pick<ExportStore, 'purge'>;
  storage: Pick<Storage, 'removeUnfinished'>;
  clock: Pick<Clock, 'now'>;
  log: Log;
};

/** One bounded pass; what is left waits for the next. */
export async function purgeJobs({ imports, importErrors, exports, storage, clock, log }: PurgeDeps): Promise<void> {
  const now = clock.now().getTime();
  const before = new Date(now - endedJobsKeptMs);
  const removed = {
    imports: (await imports.purge(before, purgedJobsMax, importErrors.purgeOf)).length,
    exports: (await exports.purge(before, purgedJobsMax)).length,
    unfinishedFiles: await storage.removeUnfinished(new Date(now - unfinishedFileMs)),
  };
  if (Object.values(removed).some((count) => count > 0)) log.info(removed, 'jobs and files of before were removed');
}
