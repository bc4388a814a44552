// Resync: a service re-emits its whole state as snapshots, because events were lost, its database was restored, or
// there is a new consumer. Each document gets a full-state event and the next version, a write like any other, so that
// the ordinary relay carries it. Invariants: one process runs it at a time (by lease; two do no harm); one that is
// interrupted is resumed after the last document that was re-emitted; the relays learn of its end only after its last
// write, so a consumer that goes on finds all snapshots in the stream.
import { randomUUID } from 'node:crypto';
import { acquireLease, connectRedis, leaseKey } from '../../redis/index.ts';
import { type Clock, every, type Log, sleep, systemClock, withTimeout } from '../../values/index.ts';
import type { RelayRecord } from '../relay/ports.ts';
import { later } from '../streams/positions.ts';
import {
  resyncCheckMs,
  resyncLeaseMs,
  resyncStopMs,
  snapshotAttemptsMax,
  snapshotBatchMax,
  snapshotPauseMs,
} from './limits.ts';
import {
  type EventedDocument,
  openResyncStore,
  type ResyncProgress,
  type ResyncStore,
  type ResyncStoreOptions,
  type SnapshotOf,
} from './resync.store.ts';

export interface ResyncStatus {
  /** `due`: another process runs it, or Redis is down. */
  readonly state: 'idle' | 'due' | 'running';
  /** Documents re-emitted so far by the running or the last resync. */
  readonly reEmitted: number;
  /** Position from which snapshots of everything are due; '' when that was never needed. */
  readonly target: string;
}

export interface Resync {
  status(): ResyncStatus;
  /** Asks for a resync; it starts within seconds, in one of the service's processes. */
  request(): Promise<void>;
  /** The last step of restoring this database from a backup: a new name for it, under which its state is re-emitted. */
  renewSource(): Promise<void>;
  /** Ends after the batch that is being written; the rest is re-emitted later. */
  stop(): Promise<void>;
}

export interface ResyncLease {
  extend(): Promise<boolean>;
  release(): Promise<void>;
}

export interface ResyncPorts {
  readonly store: ResyncStore;
  /** Tries once; undefined while another process runs the resync or Redis is down. */
  readonly takeLease: () => Promise<ResyncLease | undefined>;
  readonly clock: Clock;
  readonly log: Log;
}

export type StartResyncOptions = ResyncStoreOptions & {
  readonly redisUrl: string;
  /** In the order of re-emitting; what others depend on comes first. */
  readonly kinds: readonly SnapshotOf[];
  readonly log: Log;
  readonly clock?: Clock;
};

/** Checks every second whether a resync is due, and runs it. */
export function startResync(options: StartResyncOptions): Resync {
  const { redisUrl, generation, domain, kinds, log, clock = systemClock } = options;
  const redis = connectRedis(redisUrl, { purpose: `resync-${domain}` });
  const store = openResyncStore(options);
  const stop = new AbortController();
  let status: ResyncStatus = { state: 'idle', reEmitted: 0, target: '' };
  const ports: ResyncPorts = {
    store,
    takeLease: () => acquireLease(redis, leaseKey(generation, 'resync', domain), resyncLeaseMs),
    clock,
    log,
  };
  const report = (change: Partial<ResyncStatus>) => {
    status = { ...status, ...change };
  };
  const stopTimer = every(clock, resyncCheckMs, () =>
    resyncIfDue(ports, kinds, { signal: stop.signal, report }).catch((error) =>
      log.warn({ err: error, domain }, 'resync postponed'),
    ),
  );
  return {
    status: () => status,
    request: () => store.want(),
    renewSource: () => store.renewSource(randomUUID()),
    async stop() {
      stop.abort();
      const stopped = stopTimer();
      // The write under way is finished. A Redis that hangs is not waited for: the lease ends by itself.
      await withTimeout(clock, resyncStopMs, stopped, () => redis.disconnect());
      await stopped;
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

/** Runs a resync if one is due and nobody else does; resolves when it is done or interrupted. */
export async function resyncIfDue(ports: ResyncPorts, kinds: readonly SnapshotOf[], run: ResyncRun): Promise<void> {
  const { store, log } = ports;
  const record = await store.record();
  const target = targetOf(record);
  if (target === '') return run.report({ state: 'idle', target: record.snapshots?.from ?? '' });
  const stored = await store.progress();
  run.report({ state: 'due', reEmitted: stored?.target === target ? stored.reEmitted : 0, target });
  const lease = await ports.takeLease();
  if (!lease) return;
  try {
    const isSame = stored?.source === record.source && stored.target === target && stored.finishedAt === null;
    const fresh = {
      source: record.source,
      target,
      done: [],
      collection: '',
      after: '',
      reEmitted: 0,
      startedAt: ports.clock.now(),
      finishedAt: null,
    };
    const begin = isSame ? { ...fresh, ...stored } : fresh;
    log.warn({ target, reEmitted: begin.reEmitted, resumed: isSame }, 'resync started');
    const end = await reEmitAll(ports, kinds, begin, { ...run, lease, lift: record.lift });
    if (!end) return;
    await store.save({ ...end, finishedAt: ports.clock.now() });
    if (await store.finish(end)) log.info({ target, reEmitted: end.reEmitted }, 'resync finished');
    run.report({ state: 'idle', reEmitted: end.reEmitted, target });
  } finally {
    await lease.release();
  }
}

type ReEmitting = ResyncRun & { readonly lease: ResyncLease; readonly lift: number };

/** Undefined when it was interrupted. */
async function reEmitAll(
  { store, clock }: ResyncPorts,
  kinds: readonly SnapshotOf[],
  begin: ResyncProgress,
  { signal, report, lease, lift }: ReEmitting,
): Promise<ResyncProgress | undefined> {
  let progress = begin;
  for (;;) {
    const kind = kinds.find(({ collection }) => !progress.done.includes(collection));
    if (kind === undefined) return progress;
    if (signal.aborted || !(await lease.extend())) return undefined;
    const { collection } = kind;
    const after = progress.collection === collection ? progress.after : '';
    const documents = await store.read(kind, after, snapshotBatchMax);
    await reEmitBatch(store, kind, documents, lift);
    const isLast = documents.length < snapshotBatchMax;
    const reEmitted = progress.reEmitted + documents.length;
    progress = isLast
      ? { ...progress, reEmitted, done: [...progress.done, collection], collection: '', after: '' }
      : { ...progress, reEmitted, collection, after: documents.at(-1)!._id };
    await store.save(progress);
    report({ state: 'running', reEmitted, target: progress.target });
    await sleep(clock, snapshotPauseMs);
  }
}

/** Re-emits documents; those that others change meanwhile are read and tried again. */
async function reEmitBatch(
  store: ResyncStore,
  kind: SnapshotOf,
  documents: readonly EventedDocument[],
  lift: number,
): Promise<void> {
  let left = documents;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    const missed = await store.reEmit(kind, left, lift);
    if (missed.length === 0) return;
    if (attempt >= snapshotAttemptsMax)
      throw new Error(`${missed.length} documents of ${kind.collection} change too fast`);
    left = await store.reread(kind, missed);
  }
}
