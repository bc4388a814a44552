// Changes that a stream tells of, passed on to the cache: those of one turn of the event loop in one command for each
// tenant. Invariant: what waits is bounded; beyond it the turn is not waited for.
import type { Clock } from '../values/index.ts';
import { tagsPerChangeMax, toldChangesMax } from './limits.ts';
import type { ReadThrough } from './read-through.ts';
import type { TagChange } from './stamp.ts';

export interface ToldChanges {
  /** `affected`: tags without a version of their own that change with the thing. */
  add(tenantId: string, change: Required<TagChange>, affected: readonly string[]): void;
}

type Told = { changes: Map<string, number>; affected: Set<string> };

export function createToldChanges(cache: Pick<ReadThrough, 'tell'>, clock: Pick<Clock, 'nextTurn'>): ToldChanges {
  let waiting = new Map<string, Told>();
  let count = 0;

  function passOn(): void {
    const all = waiting;
    waiting = new Map();
    count = 0;
    for (const [tenantId, { changes, affected }] of all) {
      const named = [...changes].map(([tag, version]) => ({ tag, version }));
      const others = [...affected].map((tag) => ({ tag }));
      for (let from = 0; from < named.length; from += tagsPerChangeMax) {
        void cache.tell(tenantId, [...named.slice(from, from + tagsPerChangeMax), ...others]);
      }
    }
  }

  return {
    add(tenantId, { tag, version }, affected) {
      if (count === 0) clock.nextTurn(passOn);
      count += 1;
      const told = waiting.get(tenantId) ?? { changes: new Map(), affected: new Set() };
      waiting.set(tenantId, told);
      told.changes.set(tag, Math.max(version, told.changes.get(tag) ?? 0));
      for (const other of affected) told.affected.add(other);
      if (count >= toldChangesMax) passOn();
    },
  };
}
