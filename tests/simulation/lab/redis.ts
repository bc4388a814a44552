// One Redis: streams of every domain, leases, members. Invariant: it may lose everything, or go back to an earlier
// state, at any time; the rules of appending are those of the Lua script (shared/messaging keeps both to one
// conformance suite).

import type { StreamPosition } from '@holdfast/shared/messaging';
import type { PartitionLease } from '../../../packages/shared/src/messaging/consumer/ports.ts';
import {
  createMemoryStreams,
  type MemoryStreams,
} from '../../../packages/shared/src/messaging/relay/lab/memory-streams.ts';
import type { Caller, Server } from './calls.ts';
import type { Life, World } from './world.ts';

export type Lease = PartitionLease;

interface StreamCopy {
  readonly entries: Map<number, { entries: (readonly [string, string])[]; lastId: string }>;
  readonly positions: Map<number, StreamPosition>;
}

export class SimRedis implements Server {
  readonly name = 'redis';
  epoch = 0;
  downUntilMs = 0;
  readonly domains = new Map<string, MemoryStreams>();
  readonly world: World;
  /** Told after every change of a stream, with what was forged into it left to the listener. */
  onChange: (domain: string, partition: number) => void = () => {};
  #leases = new Map<string, { holder: object; untilMs: number }>();
  #members = new Map<string, Map<string, number>>();
  #waiting: (() => void)[] = [];

  constructor(world: World) {
    this.world = world;
  }

  broken(): Error {
    return Object.assign(new Error('connection to Redis closed'), { code: 'ECONNRESET' });
  }

  streams(domain: string): MemoryStreams {
    let streams = this.domains.get(domain);
    if (!streams) {
      streams = createMemoryStreams();
      this.domains.set(domain, streams);
    }
    return streams;
  }

  /** Wakes blocked reads; each looks for itself. */
  news(): void {
    for (const look of [...this.#waiting]) look();
  }

  onNews(look: () => void, ms: number): () => void {
    const forget = () => {
      const at = this.#waiting.indexOf(once);
      if (at >= 0) this.#waiting.splice(at, 1);
      callOff();
      return at >= 0;
    };
    const once = () => {
      if (forget()) look();
    };
    this.#waiting.push(once);
    const callOff = this.world.after(ms, 'redis idle read', once);
    return forget;
  }

  /** The state of the streams now; the returned function brings it back. */
  copy(): () => void {
    const copies = new Map<string, StreamCopy>();
    for (const [domain, streams] of this.domains) {
      const entries = new Map([...streams.streams].map(([p, s]) => [p, { entries: [...s.entries], lastId: s.lastId }]));
      copies.set(domain, { entries, positions: new Map(streams.positionsHeld) });
    }
    return () => {
      for (const [domain, streams] of this.domains) {
        streams.clear();
        const copy = copies.get(domain);
        for (const [p, s] of copy?.entries ?? []) streams.streams.set(p, { entries: [...s.entries], lastId: s.lastId });
        for (const [p, position] of copy?.positions ?? []) streams.positionsHeld.set(p, position);
        for (const partition of Array(16).keys()) this.onChange(domain, partition);
      }
    };
  }

  clear(): void {
    for (const [domain, streams] of this.domains) {
      streams.clear();
      for (const partition of Array(16).keys()) this.onChange(domain, partition);
    }
    this.#leases.clear();
    this.#members.clear();
  }

  /** Every connection breaks; the server is down for a while. */
  restart(downMs: number): void {
    this.epoch += 1;
    this.downUntilMs = this.world.nowMs + downMs;
    this.news();
  }

  take(key: string, holder: object, ttlMs: number): boolean {
    const held = this.#leases.get(key);
    if (held && held.holder !== holder && held.untilMs > this.world.nowMs) return false;
    this.#leases.set(key, { holder, untilMs: this.world.nowMs + ttlMs });
    return true;
  }

  extend(key: string, holder: object, ttlMs: number): boolean {
    const held = this.#leases.get(key);
    if (held?.holder !== holder || held.untilMs <= this.world.nowMs) return false;
    held.untilMs = this.world.nowMs + ttlMs;
    return true;
  }

  release(key: string, holder: object): void {
    if (this.#leases.get(key)?.holder === holder) this.#leases.delete(key);
  }

  /** Notes that a member lives; how many do. */
  beat(service: string, member: string, lifeMs: number): number {
    const members = this.#members.get(service) ?? new Map<string, number>();
    this.#members.set(service, members.set(member, this.world.nowMs));
    for (const [name, atMs] of members) if (this.world.nowMs - atMs > lifeMs) members.delete(name);
    return members.size;
  }
}

/** Takes a lease by one call, as redlock would; undefined when it is held by another, or Redis is down. */
export async function takeLease(
  { caller, redis, life, kind }: { caller: Caller; redis: SimRedis; life: Life; kind: string },
  key: string,
  ttlMs: number,
): Promise<Lease | undefined> {
  const holder = {};
  const ask = (step: string, serve: () => boolean) =>
    caller
      .call<boolean>({ life, server: redis, kind: `redis ${kind}.${step}` }, (answer) => answer(serve()))
      .catch(() => false);
  if (!(await ask('take', () => redis.take(key, holder, ttlMs)))) return undefined;
  return {
    extend: () => ask('extend', () => redis.extend(key, holder, ttlMs)),
    async release() {
      await ask('release', () => {
        redis.release(key, holder);
        return true;
      });
    },
  };
}
