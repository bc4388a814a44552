// What the consumer loop works with and remembers from one turn to the next.
import type { Clock, Log, Random } from '../../values/index.ts';
import type { ConsumerLimits } from './limits.ts';
import type { OwnedPartition, Ownership, PartitionAlarm } from './owner.ts';
import type { Batch, ConsumerMetrics, CursorStore, EventStreams, HandleResult, Session } from './ports.ts';

export interface LoopOptions {
  /** Drained-first ones before the others. */
  readonly domains: readonly string[];
  readonly drainFirst: ReadonlySet<string>;
  readonly handle: (batch: Batch, session?: Session) => Promise<HandleResult>;
  /** Effects are idempotent: cursors may be stored a while after them. */
  readonly effectsFirst: boolean;
  /** Types that the handler wants; all that are known when undefined. */
  readonly types: ReadonlySet<string> | undefined;
  readonly streams: EventStreams;
  readonly store: CursorStore;
  readonly ownership: Ownership;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: ConsumerLimits;
  readonly log: Log;
  readonly metrics: ConsumerMetrics;
}

export interface LoopState {
  readonly stop: AbortController;
  choresAtMs: number;
  /** Cursors in memory may be behind the stored ones: a commit's outcome was unknown, or somebody else moved them. */
  stale: boolean;
  /** What is known of dead letters may be behind in the same way. */
  blockedStale: boolean;
  /** Failures in a row that were nobody's fault; they make pauses longer and batches smaller. */
  setbacks: number;
  entriesMax: number;
  countMax: number;
  /** By the monotonic clock: when a read was last answered, or a heartbeat while there was nothing to read. */
  answeredAtMs: number;
}

/** Stops a partition, or lets it go on. */
export function setAlarm(
  options: LoopOptions,
  owned: OwnedPartition,
  found: Omit<PartitionAlarm, 'recheckAtMs'> | undefined,
): void {
  const before = owned.alarm;
  const recheckAtMs = nowMs(options) + options.limits.alarmRecheckMs;
  owned.alarm = found && { reason: found.reason, domain: found.domain, entryId: found.entryId, recheckAtMs };
  if (found && (before?.reason !== found.reason || before.entryId !== found.entryId)) {
    options.log.error({ partition: owned.partition, ...found }, 'ALARM: partition stopped');
  }
  if (before && !found) options.log.info({ partition: owned.partition, reason: before.reason }, 'partition resumed');
}

export const nowMs = (options: LoopOptions) => options.clock.now().getTime();
