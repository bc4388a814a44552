// What the running work has changed, so that its tags are in doubt from before its commit until after it, and whoever
// waits for its answer reads it everywhere. Invariant: a change is marked before it can be committed; what was marked
// is settled only by work that knows its outcome, else the mark keeps its tags in doubt until it ends by itself.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { tagsPerChangeMax } from './limits.ts';
import type { ReadThrough } from './read-through.ts';
import { type TagChange, tenantTag } from './stamp.ts';

/** The marks of one piece of work. */
export interface WriteMarks {
  /** Runs work whose changes belong to these marks. */
  run<T>(work: () => T): T;
  /** When the work has ended and its outcome is known: what it changed is new to everybody. */
  settle(): Promise<void>;
}

export interface WriteMarker {
  begin(): WriteMarks;
  /** To be awaited inside the transaction, before its commit; nothing outside any work that has begun. */
  changing(tenantId: string, changes: readonly TagChange[]): Promise<void>;
}

type Work = { mark: string; changed: Map<string, Map<string, number | undefined>> };

export function createWriteMarker(cache: Pick<ReadThrough, 'mark' | 'settle'>): WriteMarker {
  const storage = new AsyncLocalStorage<Work>();
  return {
    begin() {
      const work: Work = { mark: randomUUID().slice(0, 18), changed: new Map() };
      return {
        run: (inner) => storage.run(work, inner),
        async settle() {
          const settled = [...work.changed].map(([tenantId, tags]) => {
            const changes = [...tags].map(([tag, version]) => (version === undefined ? { tag } : { tag, version }));
            return cache.settle(tenantId, changes, work.mark);
          });
          await Promise.all(settled);
        },
      };
    },

    async changing(tenantId, changes) {
      const work = storage.getStore();
      if (!work || changes.length === 0) return;
      const tags = work.changed.get(tenantId) ?? new Map<string, number | undefined>();
      work.changed.set(tenantId, tags);
      const isTooMany = tags.size + changes.length > tagsPerChangeMax;
      const marked = isTooMany ? [{ tag: tenantTag }] : changes;
      for (const { tag, version } of marked) tags.set(tag, version ?? tags.get(tag));
      const names = new Set(marked.map(({ tag }) => tag));
      await cache.mark(tenantId, [...names], work.mark);
    },
  };
}
