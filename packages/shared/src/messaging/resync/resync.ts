// Resync: a service tells its whole state again, because events were lost, its database was restored, or somebody new listens. Each
// document gets a full-state event and the next version, a write like any other, so that the ordinary relay carries it.
// Invariants: one process tells at a time (by lease; two do no harm); a resync that is interrupted goes on after the last document that
// was told; the relays hear of its end only after its last write, so a consumer that goes on finds all snapshots in the stream.
import { randomUUID } from 'node:crypto';
import { acquireLease, connectRedis, leaseKey } from '../../redis/index.ts';
import { type Clock, every, type Log, sleep, systemClock } from '../../values/index.ts';
import type { RelayRecord } from '../relay/ports.ts';
import { later } from '../streams/positions.ts';
import { resyncLeaseMs, resyncLookMs, snapshotAttemptsMax, snapshotBatchMax, snapshotPauseMs } from './limits.ts';
import {
  openResyncStore,
  type ResyncProgress,
  type ResyncStore,
  type ResyncStoreOptions,
  type SnapshotOf,
  type Told,
} from './resync.store.ts';

export interface ResyncStatus {
  /** `due`: another process tells, or Redis is away. */
  readonly state: 'idle' | 'due' | 'running';
  /** Documents told so far by the running or the last resync. */
  readonly told: number;
  /** Position from which everything is re-emitted; '' when that was never needed. */
  readonly target: string;
}

export interface Resync {
  status(): ResyncStatus;
  /** Asks for a resync; it starts within seconds, in one of the service's processes. */
  request(): Promise<void>;
  /** The last step of restoring this database from a backup: a new name for it, under which its state is told anew. */
  renewSource(): Promise<void>;
  /** Ends after the batch that is being written; the rest is told later. */
  stop(): Promise<void>;
}

export interface ResyncLease {
  extend(): Promise<boolean>;
  release(): Promise<void>;
}

export interface ResyncPorts {
  readonly store: ResyncStore;
  /** Tries once; undefined while another process tells or Redis is away. */
  readonly takeLease: () => Promise<ResyncLease | undefined>;
  readonly clock: Clock;
  readonly log: Log;
}

export type StartResyncOptions = ResyncStoreOptions & {
  readonly redisUrl: string;
  /** In the order of telling; what others depend on comes first. */
  readonly kinds: readonly SnapshotOf[];
  readonly log: Log;
  readonly clock?: Clock;
};

/** Looks every second whether a resync is due, and carries it out. */
export function startResync(options: StartResyncOptions): Resync {
  const { redisUrl, generation, domain, kinds, log, clock = systemClock } = options;
  const redis = connectRedis(redisUrl, { purpose: `resync-${domain}` });
  const store = openResyncStore(options);
  const stop = new AbortController();
  let status: ResyncStatus = { state: 'idle', told: 0, target: '' };
  const ports: ResyncPorts = {
    store,
    takeLease: () => acquireLease(redis, leaseKey(generation, 'resync', domain), resyncLeaseMs),
    clock,
    log,
  };
  const report = (change: Partial<ResyncStatus>) => {
    status = { ...status, ...change };
  };
  const stopTimer = every(clock, resyncLookMs, () =>
    resyncIfDue(ports, kinds, { signal: stop.signal, report }).catch((error) =>
      log.warn({ err: error, domain }, 'resync put off'),
    ),
  );
  return {
    status: () => status,
    request: () => store.want(),
    renewSource: () => store.renewSource(randomUUID()),
    async stop() {
      stop.abort();
      await stopTimer();
      redis.disconnect();
    },
  };
}

/** What a resync has to reach; '' when none is due. */
export function targetOf({ completeFrom, snapshots, snapshotsWanted = '' }: RelayRecord): string {
  const target = later(completeFrom, snapshotsWanted);
  return target > (snapshots?.from ?? '') ? target : '';
}

export interface ResyncRun {
  readonly signal: AbortSignal;
  report(change: Partial<ResyncStatus>): void;
}

/** Tells everything if that is due and nobody else does; resolves when it is done or interrupted. */
export async function resyncIfDue(ports: ResyncPorts, kinds: readonly SnapshotOf[], run: ResyncRun): Promise<void> {
  const { store, log } = ports;
  const record = await store.record();
  const target = targetOf(record);
  if (target === '') return run.report({ state: 'idle', target: record.snapshots?.from ?? '' });
  const stored = await store.progress();
  run.report({ state: 'due', told: stored?.target === target ? stored.told : 0, target });
  const lease = await ports.takeLease();
  if (!lease) return;
  try {
    const isSame = stored?.source === record.source && stored.target === target && stored.finishedAt === null;
    const fresh = {
      source: record.source,
      target,
      kind: 0,
      after: '',
      told: 0,
      startedAt: ports.clock.now(),
      finishedAt: null,
    };
    const begin = isSame ? stored : fresh;
    log.warn({ target, told: begin.told, resumed: isSame }, 'resync: telling everything again');
    const end = await tellAll(ports, kinds, begin, { ...run, lease, lift: record.lift });
    if (!end) return;
    await store.save({ ...end, finishedAt: ports.clock.now() });
    if (await store.finish(end)) log.info({ target, told: end.told }, 'resync: everything is told');
    run.report({ state: 'idle', told: end.told, target });
  } finally {
    await lease.release();
  }
}

type Telling = ResyncRun & { readonly lease: ResyncLease; readonly lift: number };

/** Undefined when it was interrupted. */
async function tellAll(
  { store, clock }: ResyncPorts,
  kinds: readonly SnapshotOf[],
  begin: ResyncProgress,
  { signal, report, lease, lift }: Telling,
): Promise<ResyncProgress | undefined> {
  let progress = begin;
  while (progress.kind < kinds.length) {
    if (signal.aborted || !(await lease.extend())) return undefined;
    const kind = kinds[progress.kind]!;
    const documents = await store.read(kind, progress.after, snapshotBatchMax);
    await tellBatch(store, kind, documents, lift);
    const isLast = documents.length < snapshotBatchMax;
    const told = progress.told + documents.length;
    progress = isLast
      ? { ...progress, told, kind: progress.kind + 1, after: '' }
      : { ...progress, told, after: documents.at(-1)!._id };
    await store.save(progress);
    report({ state: 'running', told, target: progress.target });
    await sleep(clock, snapshotPauseMs);
  }
  return progress;
}

/** Tells documents, those that others change meanwhile again and again. */
async function tellBatch(
  store: ResyncStore,
  kind: SnapshotOf,
  documents: readonly Told[],
  lift: number,
): Promise<void> {
  let left = documents;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    const missed = await store.tell(kind, left, lift);
    if (missed.length === 0) return;
    if (attempt >= snapshotAttemptsMax)
      throw new Error(`${missed.length} documents of ${kind.collection} change too fast`);
    left = await store.readAgain(kind, missed);
  }
}
