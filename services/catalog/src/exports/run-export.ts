// Runs an export. Invariants: its file is to be had only when it is whole; a run that was killed is begun anew; of two
// processes at one export the slower one notices before it says that it is done.
import { asTenant } from '@holdfast/shared/persistence';
import { stampNow } from '@holdfast/shared/values';
import { csvOf } from '../csv/write-csv.ts';
import type { Deps } from '../deps.ts';
import { endEarly, Superseded } from '../jobs/end-early.ts';
import { causeOfJob, isFree, type JobChange, setAside } from '../jobs/job.ts';
import { heartbeatMs } from '../limits.ts';
import { advanceExport, type Export, type ExportKind, failExport, finishExport, takeExport } from './export.ts';
import type { ExportRow, RowSource } from './export-rows.ts';
import { TooManyOptions } from './product-rows.ts';

export type RunExportDeps = Pick<Deps, 'exports' | 'storage' | 'clock' | 'log'> & {
  sources: Readonly<Record<ExportKind, RowSource>>;
  keptMs: number;
  /** Without a sign for so long, another process takes the export on. */
  abandonedAfterMs: number;
};
/** The export as it was saved last, while it runs. */
type Run = { job: Export; savedMs: number; rows: number; bytes: number; deps: RunExportDeps; signal: AbortSignal };

/** One run: until the export has ended, is somebody else's, or waits for what is down. */
export function runExport(
  ref: { tenantId: string; id: string },
  signal: AbortSignal,
  deps: RunExportDeps,
): Promise<void> {
  const { exports, clock, abandonedAfterMs } = deps;
  return asTenant(ref.tenantId, async () => {
    const job = await exports.read(ref);
    if (!job || !isFree(job, clock.now())) return;
    const taken = takeExport(job, stampNow(clock, causeOfJob(job)), abandonedAfterMs);
    if (!(await exports.saveOne(taken))) return;
    const run: Run = { job: taken.after, savedMs: clock.monotonicMs(), rows: 0, bytes: 0, deps, signal };
    try {
      await deps.storage.put(job.file, piecesOf(run));
      const { rows: rowsDone, bytes } = run;
      await save(run, finishExport(run.job, { rowsDone, bytes }, stampOf(run), deps.keptMs));
    } catch (error) {
      await endEarly(error, earlyEnd(run));
    }
  });
}

const stampOf = ({ job, deps }: Run) => stampNow(deps.clock, causeOfJob(job));

async function save(run: Run, change: JobChange<Export>): Promise<void> {
  if (!(await run.deps.exports.saveOne(change))) throw new Superseded();
  run.job = change.after;
  run.savedMs = run.deps.clock.monotonicMs();
}

/** The file, piece by piece. */
async function* piecesOf(run: Run): AsyncGenerator<Buffer> {
  const { job, deps, signal } = run;
  const source = deps.sources[job.kind];
  const encode = job.format === 'csv' ? csvEncoder(await source.columns(job)) : ndjsonEncoder();
  const head = encode.head();
  run.bytes += head.length;
  yield head;
  for await (const page of source.pages(job)) {
    signal.throwIfAborted();
    const piece = encode.rows(page);
    run.rows += page.length;
    run.bytes += piece.length;
    yield piece;
    await tell(run);
  }
}

/** A sign that it is not abandoned, and news for those who watch. */
async function tell(run: Run): Promise<void> {
  const { clock, abandonedAfterMs } = run.deps;
  const change = advanceExport(run.job, run.rows, stampOf(run), abandonedAfterMs);
  const isDue = change.events.length > 0 || clock.monotonicMs() - run.savedMs >= heartbeatMs;
  if (isDue) await save(run, change);
}

type Encoder = { head(): Buffer; rows(page: readonly ExportRow[]): Buffer };

function csvEncoder(columns: readonly string[]): Encoder {
  const known = new Set(columns);
  return {
    head: () => csvOf([columns], { bom: true }),
    rows(page) {
      const lines = page.flatMap((row) => row.lines);
      for (const line of lines) {
        for (const name of Object.keys(line)) if (!known.has(name)) throw new Error(`the header lacks ${name}`);
      }
      return lines.length === 0 ? Buffer.alloc(0) : csvOf(lines.map((line) => columns.map((name) => line[name])));
    },
  };
}

function ndjsonEncoder(): Encoder {
  return {
    head: () => Buffer.alloc(0),
    rows: (page) => Buffer.from(page.map(({ json }) => `${JSON.stringify(json)}\n`).join('')),
  };
}

function earlyEnd(run: Run) {
  const { log, clock } = run.deps;
  const tooMany = { code: 'too_many_columns', message: 'The variants have too many different options for one file.' };
  return {
    job: run.job,
    signal: run.signal,
    log,
    now: clock.now(),
    setAside: (pauseMs: number, attempts: number) => save(run, setAside(run.job, pauseMs, clock.now(), attempts)),
    fail: (failure: { code: string; message: string }) => save(run, failExport(run.job, failure, stampOf(run))),
    failureOf: (error: unknown) => (error instanceof TooManyOptions ? tooMany : undefined),
  };
}
