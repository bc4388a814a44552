// A platform consumer: reads the partitions it owns and applies each event exactly once. Joins the logic (owner.ts,
// loop.ts) with MongoDB and Redis. Invariant: starting needs MongoDB only; without Redis it waits.
import { randomUUID } from 'node:crypto';
import { type Database, outsideContext } from '../../persistence/index.ts';
import {
  type Clock,
  type Log,
  partitionCount,
  type Random,
  systemClock,
  systemRandom,
  withTimeout,
} from '../../values/index.ts';
import { publishCursors } from './chores.ts';
import { cursorsCollection, openCursorStore, ownersCollection } from './cursors.ts';
import { blockedCollection, deadLettersCollection } from './dead-letters.ts';
import { wantedTypes } from './events.ts';
import { type ConsumerLimits, consumerLimits } from './limits.ts';
import { startLoop } from './loop.ts';
import { type AlarmReason, type Ownership, startOwnership } from './owner.ts';
import { openOwnerRegistry } from './owner-registry.ts';
import { countDeadLetters } from './parking.ts';
import type {
  Batch,
  ConsumerMetrics,
  ConsumerTable,
  CursorStore,
  EventStreams,
  HandleResult,
  OwnerRegistry,
  Session,
} from './ports.ts';
import { createDeadLetters, type DeadLetters } from './replay-dead-letters.ts';
import { openEventStreams } from './streams.ts';

/** Collections of the consuming side in a service's database: the global ones belong to no tenant. */
export const consumerCollections = {
  global: [ownersCollection, cursorsCollection],
  tenanted: [deadLettersCollection, blockedCollection],
} as const;

export interface ConsumerOptions {
  /** Name of the consuming service, as in contracts' `consumersOf`. */
  readonly service: string;
  readonly database: Database;
  readonly redisUrl: string;
  /** Default `g1`. */
  readonly generation?: string;
  /** What is read and wanted; other events are passed over. */
  readonly table: ConsumerTable;
  /** Entries of other domains wait until these were applied as far as they were filled when the others were read. */
  readonly drainFirst?: readonly string[];
  /**
   * transaction: effects, dead letters and cursors are one transaction on the given session.
   * effects-first: effects are idempotent by keys of their own and are written without a session, cursors after.
   */
  readonly mode: 'transaction' | 'effects-first';
  /**
   * Applies a batch inside `asTenants(batch.tenantIds)`. May run several times for one batch: only what it writes with
   * the session, and `afterCommit` of the run that committed, counts. Calls nothing but MongoDB. Throws `Conflict` when
   * a conditional write missed: the batch is decided again.
   */
  readonly handle: (batch: Batch, session?: Session) => Promise<HandleResult>;
  readonly log: Log;
  readonly metrics?: ConsumerMetrics;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly limits?: Partial<ConsumerLimits>;
}

export interface ConsumerAlarm {
  readonly partition: number;
  readonly domain: string;
  readonly reason: AlarmReason;
  readonly entryId: string | undefined;
}

export interface ConsumerStatus {
  readonly owned: number[];
  /**
   * Age in ms of the oldest entry that was read and is not applied (whole seconds of its id), or the time since Redis
   * last answered when it should have answered by now; 0 when there is neither.
   */
  readonly lagMs: number;
  /** Dead letters of the owned partitions, with the events parked behind them. */
  readonly deadLetters: number;
  /** Partitions that are stopped until somebody acts. */
  readonly alarms: ConsumerAlarm[];
}

export interface Consumer {
  /**
   * Finishes the running batch, publishes its cursors and gives up its partitions, so that others take over at once.
   */
  stop(): Promise<void>;
  status(): ConsumerStatus;
}

/** A consumer with its dead letters. */
export interface ServiceConsumer extends Consumer {
  readonly deadLetters: DeadLetters;
}

/** What joins a consumer to the world; a simulator brings its own. */
export interface ConsumerPorts {
  readonly streams: EventStreams;
  readonly store: CursorStore;
  readonly registry: OwnerRegistry;
  readonly clock: Clock;
  readonly random: Random;
}

export type ConsumerLogic = Pick<ConsumerOptions, 'table' | 'drainFirst' | 'handle' | 'log' | 'metrics'> & {
  /** Default transaction. */
  readonly mode?: ConsumerOptions['mode'];
  readonly limits: ConsumerLimits;
};

/** Starts consuming; resolves when MongoDB is prepared, without waiting for Redis or for partitions. */
export async function startConsumer(options: ConsumerOptions): Promise<ServiceConsumer> {
  const { service, database, redisUrl, generation = 'g1', mode } = options;
  const { domains } = options.table;
  const { clock = systemClock, random = systemRandom } = options;
  const limits = { ...consumerLimits, ...options.limits };
  const { transactionMs, leaseMs, memberLifeMs } = limits;
  const memberId = randomUUID();
  return outsideContext(async () => {
    const ports: ConsumerPorts = {
      store: await openCursorStore({ database, service, generation, domains, mode, transactionMs, clock, random }),
      streams: openEventStreams({ redisUrl, generation, service }),
      registry: openOwnerRegistry({ redisUrl, generation, service, memberId, leaseMs, memberLifeMs }),
      clock,
      random,
    };
    const consumer = runConsumer(ports, { ...options, limits });
    return { ...consumer, deadLetters: createDeadLetters({ ...options, generation, clock, random }) };
  });
}

/** The consumer over ports. */
export function runConsumer(ports: ConsumerPorts, logic: ConsumerLogic): Consumer {
  const { streams, store, registry, clock, random } = ports;
  const { limits, log } = logic;
  const drainFirst = new Set(logic.drainFirst);
  const domains = [...drainFirst, ...logic.table.domains.filter((domain) => !drainFirst.has(domain))];
  const ownership = startOwnership({
    registry,
    store,
    clock,
    log,
    partitions: partitionCount,
    heartbeatMs: limits.heartbeatMs,
    leaseMs: limits.leaseMs,
    onChange: () => streams.interrupt(),
  });
  const metrics = logic.metrics ?? { count() {} };
  const loop = startLoop({
    effectsFirst: logic.mode === 'effects-first',
    types: wantedTypes(logic.table),
    domains,
    drainFirst,
    handle: logic.handle,
    streams,
    store,
    ownership,
    clock,
    random,
    limits,
    log,
    metrics,
  });
  return {
    async stop() {
      const stopped = loop.stop();
      // A running batch is finished. A Redis that hangs is not waited for: without its connections every call fails.
      await withTimeout(clock, limits.leaveMs, stopped, () => streams.close());
      await stopped;
      const published = publishCursors({ owned: ownership.owned, streams }).catch(() => {});
      const left = published.then(() => ownership.leave()).catch(() => {});
      // Leases that are not given up end by themselves: not worth more than a moment when Redis is down or hangs.
      await withTimeout(clock, limits.leaveMs, left, () => {});
      await store.close();
      streams.close();
      registry.close();
    },
    status: () => statusOf(ownership, { nowMs: clock.now().getTime(), silentMs: loop.silentMs() }),
  };
}

function statusOf(ownership: Ownership, { nowMs, silentMs }: { nowMs: number; silentMs: number }): ConsumerStatus {
  const owned = [...ownership.owned.values()].sort((a, b) => a.partition - b.partition);
  const waiting = owned.flatMap(({ waitingSinceMs }) => (waitingSinceMs === undefined ? [] : [waitingSinceMs]));
  return {
    owned: owned.map(({ partition }) => partition),
    lagMs: Math.max(silentMs, nowMs - Math.min(nowMs, ...waiting)),
    deadLetters: owned.reduce((sum, { blocked }) => sum + countDeadLetters(blocked), 0),
    alarms: owned.flatMap(({ partition, alarm }) =>
      alarm ? [{ partition, domain: alarm.domain, reason: alarm.reason, entryId: alarm.entryId }] : [],
    ),
  };
}
