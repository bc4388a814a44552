// The life of a relay over its ports: lead, publish, restart after every failure. Invariant: it never gives up and
// never resumes from memory; leadership only decides who works, correctness does not depend on it.
import { type Clock, type Random, sleep, withTimeout } from '../../values/index.ts';
import { timeParts } from '../streams/positions.ts';
import { doChores } from './chores.ts';
import {
  alarmHoldMs,
  awaitChangesMs,
  batchCountMax,
  healthyRunMs,
  leaseRenewMs,
  leaseTryMs,
  leaseTtlMs,
  restartDelayMaxMs,
  restartDelayMinMs,
  silenceSlackMs,
  stopMs,
} from './limits.ts';
import type { Leadership, RelayPorts } from './ports.ts';
import { type AlarmKind, publishUntilFailure, RelayAlarm, type RunReport, type RunState } from './publish.ts';

export interface RelayStatus {
  /** The very first start is agreed; the service may take writes. */
  readonly ready: boolean;
  /** This process publishes (others of the same service stand by). */
  readonly leading: boolean;
  /**
   * Age of the oldest change that may not be published. While a server does not answer: the time since everything was
   * last known to be published. 0 when caught up, or while another relay leads.
   */
  readonly lagMs: number;
  /** Where the streams stand; '' before the first batch of this process. */
  readonly position: string;
  readonly alarm?: { readonly kind: AlarmKind; readonly message: string; readonly since: Date };
}

export interface Relay {
  status(): RelayStatus;
  /** Stops publishing at once, then gives leadership up; a Redis that does not answer is not waited for. */
  stop(): Promise<void>;
}

/** Counts and values for the metrics registry. */
export interface RelayMetrics {
  published(eventCount: number): void;
  restarted(reason: string): void;
  alarmed(kind: AlarmKind): void;
}

export interface RunRelayOptions {
  readonly domain: string;
  /** Platform consumers whose cursors decide what is still needed. */
  readonly consumers: readonly string[];
  readonly metrics?: RelayMetrics | undefined;
}

interface RelayProgress {
  leading: boolean;
  position: string;
  caughtUp: boolean;
  /** By the monotonic clock: when the last batch was confirmed. An empty one needs no answer from Redis. */
  publishedAtMs: number;
  /** By the monotonic clock: when Redis last said who leads. */
  heardAtMs: number;
  full: boolean;
  eventCount: number;
  alarm: RelayStatus['alarm'];
}

/** 20 ms, 40, 80 ... 1 s, each between half and all of it, so that several relays do not restart in step. */
function restartDelay(failures: number, random: Random): number {
  const longest = Math.min(restartDelayMinMs * 2 ** Math.min(failures, 10), restartDelayMaxMs);
  return longest * (0.5 + random.next() / 2);
}

/**
 * Renews a lease until the signal aborts; resolves when it is lost. A failed renewal is repeated for as long as the
 * lease may still be ours.
 */
async function keepLease(
  lease: { extend(): Promise<boolean> },
  { clock }: RelayPorts,
  { signal, renewed }: { signal: AbortSignal; renewed: () => void },
): Promise<void> {
  let heldAt = clock.now().getTime();
  while (!signal.aborted) {
    await sleep(clock, leaseRenewMs, signal);
    if (signal.aborted) return;
    const askedAt = clock.now().getTime();
    if (await lease.extend()) {
      heldAt = askedAt;
      renewed();
    } else if (clock.now().getTime() - heldAt >= leaseTtlMs) return;
  }
}

function lagOf({ publishedAtMs, heardAtMs, caughtUp, leading, position }: RelayProgress, clock: Clock): number {
  const silentMs = Math.round(clock.monotonicMs() - Math.min(publishedAtMs, heardAtMs));
  if (silentMs > awaitChangesMs + silenceSlackMs) return silentMs;
  if (caughtUp || !leading) return 0;
  return Math.max(0, clock.now().getTime() - timeParts(position).seconds * 1_000);
}

function statusOf(progress: RelayProgress, clock: Clock): RelayStatus {
  const { leading, position, alarm } = progress;
  return { ready: true, leading, lagMs: lagOf(progress, clock), position, ...(alarm ? { alarm } : {}) };
}

function createReport(
  ports: RelayPorts,
  { consumers, metrics }: RunRelayOptions,
  progress: RelayProgress,
  raise: (kind: AlarmKind, message: string) => void,
): { report: RunReport; end(): void } {
  const { clock, log, changeLog } = ports;
  let chores: AbortController | undefined;
  const memoryFull = (full: boolean) => {
    if (full && !progress.full) raise('redis-memory', 'Redis is too full to append to; events wait in the oplog');
    progress.full = full;
  };
  const resynced = () => {
    if (progress.alarm?.kind !== 'history-lost') return;
    log.info({}, 'what was lost with the oplog is re-emitted');
    progress.alarm = undefined;
  };
  return {
    report: {
      opened(record, streams) {
        chores = new AbortController();
        const options = { changeLog, clock, log, consumers, memoryFull, eventCount: () => progress.eventCount };
        doChores(record, streams, { ...options, resynced }, chores.signal).catch(() => {});
        if (record.completeFrom > (record.snapshots?.from ?? ''))
          raise('history-lost', `events before ${record.completeFrom} were lost`);
      },
      published(position, eventCount, batch) {
        progress.position = position;
        progress.eventCount += eventCount;
        progress.caughtUp = batch.changes.length < batchCountMax;
        progress.publishedAtMs = clock.monotonicMs();
        if (eventCount > 0) metrics?.published(eventCount);
        const { alarm } = progress;
        if (alarm && alarm.kind !== 'history-lost' && clock.now().getTime() - alarm.since.getTime() > alarmHoldMs) {
          progress.alarm = undefined;
        }
      },
      memoryFull,
    },
    end: () => chores?.abort(),
  };
}

/** Publishes, and restarts after each failure, until the signal aborts. */
async function publishForever(
  ports: RelayPorts,
  options: RunRelayOptions,
  progress: RelayProgress,
  state: RunState,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log, random } = ports;
  const raise = (kind: AlarmKind, message: string) => {
    if (progress.alarm?.kind !== kind)
      log.error({ domain: options.domain, alarm: kind, reason: message }, 'relay alarm');
    progress.alarm = { kind, message, since: clock.now() };
    options.metrics?.alarmed(kind);
  };
  for (let failures = 0; !signal.aborted; failures += 1) {
    const began = clock.now().getTime();
    const { report, end } = createReport(ports, options, progress, raise);
    try {
      await publishUntilFailure(ports, { report, state, signal, isFull: () => progress.full });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const now = clock.now().getTime();
      if (now - began > healthyRunMs) failures = 0;
      if (error instanceof RelayAlarm) raise(error.kind, reason);
      else if (/\bOOM\b/.test(reason)) raise('redis-memory', 'Redis refuses writes: out of memory');
      log.warn({ domain: options.domain, reason }, 'relay restarts');
      options.metrics?.restarted(error instanceof Error ? error.name : 'unknown');
    } finally {
      end();
    }
    if (!signal.aborted) await sleep(clock, restartDelay(failures, random), signal);
  }
}

/** Leads whenever it can, until the signal aborts. */
async function leadForever(
  ports: RelayPorts,
  options: RunRelayOptions,
  progress: RelayProgress,
  signal: AbortSignal,
): Promise<void> {
  const state: RunState = { floor: '' };
  const { leadership, clock, log } = ports;
  while (!signal.aborted) {
    const lease = await leadership.take().catch(() => 'unknown' as const);
    if (lease !== 'unknown') progress.heardAtMs = clock.monotonicMs();
    // How far behind that one is, it reports itself.
    if (lease === undefined) progress.publishedAtMs = progress.heardAtMs;
    if (lease === undefined || lease === 'unknown') {
      await sleep(clock, leaseTryMs, signal);
      continue;
    }
    const term = new AbortController();
    // Not AbortSignal.any: Node keeps such a signal, and all that waits for it, until it aborts.
    const endTerm = () => term.abort();
    signal.addEventListener('abort', endTerm);
    if (signal.aborted) endTerm();
    progress.leading = true;
    log.info({ domain: options.domain }, 'relay leads');
    const renewed = () => {
      progress.heardAtMs = clock.monotonicMs();
    };
    const kept = keepLease(lease, ports, { signal: term.signal, renewed }).then(endTerm);
    await publishForever(ports, options, progress, state, term.signal);
    // A standby knows nothing of the streams: the next leader detects for itself what is wrong, and when it no longer
    // is.
    progress.leading = false;
    progress.caughtUp = true;
    progress.alarm = undefined;
    progress.full = false;
    await kept;
    signal.removeEventListener('abort', endTerm);
    await lease.release();
  }
}

/** Starts a relay over its ports. */
export function runRelay(ports: RelayPorts, options: RunRelayOptions): Relay {
  const progress: RelayProgress = {
    leading: false,
    position: '',
    caughtUp: true,
    publishedAtMs: ports.clock.monotonicMs(),
    heardAtMs: ports.clock.monotonicMs(),
    full: false,
    eventCount: 0,
    alarm: undefined,
  };
  const stopping = new AbortController();
  const life = leadForever(ports, options, progress, stopping.signal);
  return {
    status: () => statusOf(progress, ports.clock),
    async stop() {
      stopping.abort();
      // What is abandoned can append nothing: its connection to the streams is closed, and an append that Redis runs
      // later is one that it would refuse if another relay had been faster.
      await withTimeout(ports.clock, stopMs, life, () => {});
      ports.leadership.close();
    },
  };
}

/** Everybody leads: for a relay that is known to be alone, and for tests that want several at once. */
export const alwaysLead: Leadership = {
  take: async () => ({ extend: async () => true, release: async () => {} }),
  close: () => {},
};
