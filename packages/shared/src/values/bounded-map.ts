// A map in memory that cannot grow without bound: what was used longest ago is forgotten first.
import { LRUCache } from 'lru-cache';
import { type Clock, systemClock } from './clock.ts';

export interface BoundedMap<K, V> {
  /** Counts as a use. */
  get(key: K): V | undefined;
  /** Does not count as a use. */
  peek(key: K): V | undefined;
  has(key: K): boolean;
  set(key: K, value: V): unknown;
  delete(key: K): boolean;
}

export interface BoundedMapOptions {
  /** Entries at most. Room is taken as they come. */
  readonly max: number;
  /** An entry is forgotten this long after it was set. Default never. */
  readonly ttlMs?: number;
  readonly clock?: Pick<Clock, 'monotonicMs'>;
}

export function boundedMap<K extends {}, V extends {}>(options: BoundedMapOptions): BoundedMap<K, V> {
  const { max, ttlMs, clock = systemClock } = options;
  // As `max` the cache would fill lists of that length at once: 20 ms for 100,000 entries, before there is one.
  const bound = { maxSize: max, sizeCalculation: () => 1 };
  if (ttlMs === undefined) return new LRUCache<K, V>(bound);
  // To the cache a time of 0 is none.
  return new LRUCache<K, V>({ ...bound, ttl: ttlMs, ttlResolution: 0, perf: { now: () => clock.monotonicMs() + 1 } });
}
