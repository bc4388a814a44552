// The ports of relay and consumer over the simulated Redis. Invariant: each call is one call through the world; a
// relay's connection dies for good with its first failure.

import { compareIds } from '@holdfast/shared/messaging';
import type {
  EventStreams as ConsumerStreams,
  OwnerRegistry,
  StreamRef,
  StreamSlice,
} from '../../../packages/shared/src/messaging/consumer/ports.ts';
import type {
  Append,
  AppendAnswer,
  Leadership,
  OpenStreams,
  EventStreams as RelayStreams,
} from '../../../packages/shared/src/messaging/relay/ports.ts';
import type { RawEntry } from '../../../packages/shared/src/messaging/streams/blocking-read.ts';
import type { Caller } from './calls.ts';
import { type SimRedis, takeLease } from './redis.ts';
import type { Life } from './world.ts';

/** Mechanisms of appending that can be taken away, to see that they are needed. */
export interface AppendSwitch {
  readonly ignoresPosition?: boolean;
}

export interface RedisOptions {
  readonly caller: Caller;
  readonly redis: SimRedis;
  readonly life: Life;
  /** Partitions that have tenants; the others are always caught up with and owned by nobody. */
  readonly partitions: readonly number[];
  readonly weaken?: AppendSwitch | undefined;
}

/** The relay's streams of one domain. */
export function relayStreams(options: RedisOptions, domain: string, consumers: readonly string[]): RelayStreams {
  const { caller, redis, life } = options;
  const memory = redis.streams(domain);
  const ask = <T>(name: string, serve: () => T, isRepeatable = false) =>
    caller.call<T>({ life, server: redis, kind: `redis ${domain} ${name}`, isRepeatable }, (answer) => answer(serve()));
  return {
    async open() {
      const inner = await memory.open();
      let isClosed = false;
      await ask('connect', () => undefined);
      const guarded = async <T>(name: string, serve: () => T, isRepeatable = false): Promise<T> => {
        if (isClosed) throw redis.broken();
        try {
          const value = await ask(name, serve, isRepeatable);
          if (isClosed) throw redis.broken();
          return value;
        } catch (error) {
          isClosed = true;
          throw error;
        }
      };
      const open: OpenStreams = {
        positions: () => guarded('positions', () => Array.from({ length: 16 }, (_, p) => memory.positionsHeld.get(p))),
        append: (record, shares) => guarded('append', () => appendAll(options, domain, record, shares), true),
        survey: () => guarded('survey', () => surveys(options, domain, consumers)),
        memoryShare: () => guarded('memory', () => memory.memoryShare),
        bytes: () => guarded('bytes', () => 0),
        trim: (partition, minId) => guarded('trim', () => trimmed(redis, domain, partition, minId)),
        noteSnapshots: (partition, source, from) =>
          guarded('noteSnapshots', () => memory.noteSnapshots(partition, source, from), true),
        cutOff: () => guarded('cutOff', () => undefined),
        close() {
          isClosed = true;
          inner.close();
        },
      };
      return open;
    },
  };
}

// The memory streams answer through promises; their rules are needed at once, inside one step of the world.
function appendAll(
  { redis, weaken }: RedisOptions,
  domain: string,
  record: Parameters<OpenStreams['append']>[0],
  shares: readonly Append[],
): AppendAnswer[] {
  const memory = redis.streams(domain);
  const answers = shares.map((share) => {
    const answer = memory.append(record, weaken?.ignoresPosition ? { ...share, believed: '' } : share);
    redis.onChange(domain, share.partition);
    return answer;
  });
  redis.news();
  return answers;
}

function surveys({ redis, partitions }: RedisOptions, domain: string, consumers: readonly string[]) {
  return redis
    .streams(domain)
    .surveys()
    .map((survey) => {
      if (partitions.includes(survey.partition)) return survey;
      const text = `${survey.position?.source}|${survey.lastId}`;
      return { ...survey, cursors: new Map(consumers.map((consumer) => [consumer, text])) };
    });
}

function trimmed(redis: SimRedis, domain: string, partition: number, minId: string): number {
  const removed = redis.streams(domain).trim(partition, minId);
  redis.onChange(domain, partition);
  return removed;
}

export function leadershipOf({ caller, redis, life }: RedisOptions, domain: string): Leadership {
  const take = () => takeLease({ caller, redis, life, kind: `${domain} leader` }, `relay:${domain}`, 1_500);
  return { take, close: () => {} };
}

/** The consumer's view of all streams. */
export function consumerStreams({ caller, redis, life }: RedisOptions, service: string): ConsumerStreams {
  let isInterrupted = false;
  let interrupt: (() => void) | undefined;
  const kind = (name: string) => `redis ${service} ${name}`;
  return {
    async read(from, { countMax, blockMs }) {
      if (isInterrupted) {
        isInterrupted = false;
        return [];
      }
      try {
        return await caller.call<StreamSlice[]>({ life, server: redis, kind: kind('read') }, (answer) => {
          const deadline = redis.world.nowMs + blockMs;
          const look = () => {
            const found = slicesOf(redis, from, countMax);
            const isOver = redis.world.nowMs >= deadline || isInterrupted || !life.alive;
            if (found.length > 0 || isOver) answer(found);
            else {
              const forget = redis.onNews(look, Math.max(1, deadline - redis.world.nowMs));
              interrupt = () => {
                forget();
                answer([]);
              };
            }
          };
          look();
        });
      } finally {
        interrupt = undefined;
        isInterrupted = false;
      }
    },
    states: (refs) =>
      caller.call({ life, server: redis, kind: kind('states') }, (answer) =>
        answer(refs.map(({ domain, partition }) => redis.streams(domain).positionsHeld.get(partition))),
      ),
    interrupt() {
      isInterrupted = true;
      interrupt?.();
      interrupt = undefined;
    },
    publish: (cursors) =>
      caller.call<void>({ life, server: redis, kind: kind('publish'), isRepeatable: true }, (answer) => {
        for (const { domain, partition, source, lastId } of cursors) {
          const { cursors: held } = redis.streams(domain);
          held.set(partition, (held.get(partition) ?? new Map()).set(service, `${source}|${lastId}`));
        }
        answer(undefined);
      }),
    close: () => {},
  };
}

export function slicesOf(
  redis: SimRedis,
  from: ReadonlyArray<StreamRef & { after: string }>,
  countMax: number,
): StreamSlice[] {
  return from.flatMap(({ domain, partition, after }) => {
    const held = redis.streams(domain).streams.get(partition);
    if (!held || compareIds(held.lastId, after) <= 0) return [];
    let first = held.entries.length;
    while (first > 0 && compareIds(held.entries[first - 1]![0], after) > 0) first -= 1;
    const entries = held.entries.slice(first, first + countMax).map(([id, text]): RawEntry => ({ id, text }));
    return entries.length > 0 ? [{ domain, partition, entries }] : [];
  });
}

/** Heartbeats and leases of one member; partitions without tenants are not given out. */
export function registryOf(
  { caller, redis, life, partitions }: RedisOptions,
  service: string,
  leaseMs: number,
): OwnerRegistry {
  const member = `${life.name} ${redis.world.steps}`;
  return {
    async heartbeat() {
      const alive = await caller.call<number>({ life, server: redis, kind: `redis ${service} heartbeat` }, (answer) =>
        answer(redis.beat(service, member, leaseMs)),
      );
      // The members share the used partitions as evenly as they would share all of them.
      return alive * Math.ceil(16 / partitions.length);
    },
    async acquire(partition) {
      if (!partitions.includes(partition)) return undefined;
      return takeLease({ caller, redis, life, kind: `${service} owner` }, `${service}:${partition}`, leaseMs);
    },
    leave: async () => {},
    close: () => {},
  };
}
