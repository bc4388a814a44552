// Runs an import, from where it is. Invariants: rows are counted in the write that names the version of the import that
// was decided on, together with the errors of the failed ones; what is repeated after a crash finds its own work, so
// that an import that was killed ends with the data of one that was not; imports of a tenant take effect in their
// order.
import { asTenant, inTransaction } from '@holdfast/shared/persistence';
import { stampNow } from '@holdfast/shared/values';
import { CsvFlaw } from '../csv/file-flaw.ts';
import { columnsOf, type Header, readHeader } from '../csv/header.ts';
import { type CsvRecord, readRecords } from '../csv/read-records.ts';
import type { Deps } from '../deps.ts';
import { type EndEarly, endEarly, Superseded } from '../jobs/end-early.ts';
import { causeOfJob, isFree, setAside } from '../jobs/job.ts';
import { errorsKeptMax, heartbeatMs, turnPauseMs } from '../limits.ts';
import type { RowError } from './import.store.ts';
import {
  advanceImport,
  countedImport,
  failImport,
  finishImport,
  type Import,
  type ImportChange,
  takeImport,
} from './import.ts';
import { openRowReader, type ReadRow, type RowFailure } from './read-rows.ts';
import { createSeenRows } from './seen-rows.ts';

/** Applies rows that were read, at most `rowsMax` at a time; the same rows again have no further effect. */
export type RowApplier = {
  readonly rowsMax: number;
  /** The rows that fail. `assertOwned` throws Superseded; it is called in each transaction that can call it. */
  apply(rows: readonly ReadRow[], job: Import): Promise<RowFailure[]>;
};
export type RunImportDeps = Pick<
  Deps,
  'database' | 'imports' | 'importErrors' | 'storage' | 'clock' | 'log' | 'importQueue'
> & {
  /** Currency of a business. */
  currencyOf(tenantId: string): Promise<string>;
  appliers: Readonly<Record<Import['kind'], RowApplier>>;
  /** Without a sign for so long, another process takes the import on. */
  abandonedAfterMs: number;
};
type Ref = { tenantId: string; id: string };
/** The import as it was saved last, while it runs. */
type Run = { job: Import; savedMs: number; deps: RunImportDeps; signal: AbortSignal };

/** One run: until the import has ended, is somebody else's, or waits for what is down. */
export function runImport(ref: Ref, signal: AbortSignal, deps: RunImportDeps): Promise<void> {
  return asTenant(ref.tenantId, async () => {
    const run = await take(ref, signal, deps);
    if (!run) return;
    try {
      await applyFile(run);
    } catch (error) {
      await endEarly(error, earlyEnd(run));
    }
    if (run.job.dueAt === null) await callNext(run);
  });
}

async function take(ref: Ref, signal: AbortSignal, deps: RunImportDeps): Promise<Run | undefined> {
  const { imports, clock, abandonedAfterMs } = deps;
  const job = await imports.read(ref);
  if (!job || !isFree(job, clock.now())) return undefined;
  const [oldest] = await imports.unfinished(ref.tenantId);
  if (oldest && oldest.id !== job.id) {
    await imports.saveOne(setAside(job, turnPauseMs, clock.now()));
    return undefined;
  }
  const taken = takeImport(job, stampNow(clock, causeOfJob(job)), abandonedAfterMs);
  if (!(await imports.saveOne(taken))) return undefined;
  return { job: taken.after, savedMs: clock.monotonicMs(), deps, signal };
}

/** The next import of the tenant need not wait until it is looked for. */
async function callNext({ job: { tenantId }, deps }: Run): Promise<void> {
  const [next] = await deps.imports.unfinished(tenantId);
  if (next) deps.importQueue.enqueue({ tenantId, id: next.id });
}

const stampOf = ({ job, deps }: Run) => stampNow(deps.clock, causeOfJob(job));

async function save(run: Run, change: ImportChange): Promise<void> {
  const { imports, clock } = run.deps;
  if (!(await imports.saveOne(change as never))) throw new Superseded();
  run.job = change.after;
  run.savedMs = clock.monotonicMs();
}

/** A sign that the import is not abandoned, while there is nothing else to save; also told to stop here. */
async function keep(run: Run): Promise<void> {
  const { clock, abandonedAfterMs } = run.deps;
  if (clock.monotonicMs() - run.savedMs < heartbeatMs) return;
  run.signal.throwIfAborted();
  await save(run, setAside(run.job, abandonedAfterMs, clock.now()));
}

async function applyFile(run: Run): Promise<void> {
  if (run.job.rowsTotal === null) await countRows(run);
  const { kind, tenantId, rowsTotal } = run.job;
  const currency = kind === 'products' ? await run.deps.currencyOf(tenantId) : '';
  const seen = createSeenRows(rowsTotal ?? 0);
  let read: ReturnType<typeof openRowReader> | undefined;
  const chunk: { rows: ReadRow[]; failures: RowFailure[]; count: number } = { rows: [], failures: [], count: 0 };
  const { rowsMax } = run.deps.appliers[kind];
  let place = 0;
  const applied = run.job.rowsRead;
  for await (const record of recordsOf(run)) {
    if (!read) {
      read = openRowReader({ kind, header: headerOf(record, run.job), decimal: run.job.decimal, currency, seen });
      continue;
    }
    place += 1;
    const row = read(record);
    // Of what is applied already only the SKUs are needed: a later row may repeat one.
    if (place <= applied) {
      await keep(run);
      continue;
    }
    if ('code' in row) chunk.failures.push(row);
    else chunk.rows.push(row);
    chunk.count += 1;
    if (chunk.count === rowsMax) await applyChunk(run, chunk);
  }
  if (chunk.count > 0) await applyChunk(run, chunk);
  await save(run, finishImport(run.job, stampOf(run)));
}

/** Reads the whole file before any row of it is applied: one that is broken further down changes nothing. */
async function countRows(run: Run): Promise<void> {
  const { rowsMax } = run.job;
  let rows = -1;
  for await (const record of recordsOf(run)) {
    if (rows === -1) headerOf(record, run.job);
    rows += 1;
    if (rows > rowsMax) throw new CsvFlaw('too_many_rows', `A file may have ${rowsMax} rows in your plan.`);
    await keep(run);
  }
  await save(run, countedImport(run.job, rows, stampOf(run), run.deps.abandonedAfterMs));
}

async function* recordsOf({ job, deps }: Run): AsyncGenerator<CsvRecord> {
  const file = await deps.storage.get(job.file);
  try {
    yield* readRecords(file);
  } finally {
    file.destroy();
  }
}

function headerOf({ cells }: CsvRecord, { kind }: Import): Header {
  return readHeader(cells, columnsOf[kind]);
}

type Chunk = { rows: ReadRow[]; failures: RowFailure[]; count: number };

/** Applies the rows, then says so: between the two a crash repeats rows, which then change nothing. */
async function applyChunk(run: Run, chunk: Chunk): Promise<void> {
  run.signal.throwIfAborted();
  const { job, deps } = run;
  const applied = chunk.rows.length === 0 ? [] : await deps.appliers[job.kind].apply(chunk.rows, job);
  const failures = [...chunk.failures, ...applied].sort((a, b) => a.line - b.line);
  const counts = { read: chunk.count, done: chunk.count - failures.length, failed: failures.length };
  const change = advanceImport(job, counts, stampOf(run), deps.abandonedAfterMs);
  const kept = failures.slice(0, Math.max(0, errorsKeptMax - job.rowsFailed)).map((one) => errorOf(one, job));
  await inTransaction(deps.database, async (session) => {
    if ((await deps.imports.save([change], session)) !== 1) throw new Superseded();
    if (kept.length > 0) await deps.importErrors.insert(kept, session);
  });
  run.job = change.after;
  run.savedMs = deps.clock.monotonicMs();
  chunk.rows = [];
  chunk.failures = [];
  chunk.count = 0;
}

function errorOf({ line, column, code, message }: RowFailure, { id, tenantId }: Import): RowError {
  return { id: `${id}:${line}`, tenantId, importId: id, line, column, code, message };
}

function earlyEnd(run: Run): EndEarly {
  const { log, clock } = run.deps;
  return {
    job: run.job,
    signal: run.signal,
    log,
    now: clock.now(),
    setAside: (pauseMs, attempts) => save(run, setAside(run.job, pauseMs, clock.now(), attempts)),
    fail: (failure) => save(run, failImport(run.job, failure, stampOf(run))),
    failureOf: (error) =>
      error instanceof CsvFlaw
        ? { code: error.flaw, message: error.message, ...(error.line === undefined ? {} : { line: error.line }) }
        : undefined,
  };
}
