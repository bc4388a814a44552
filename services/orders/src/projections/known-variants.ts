// Variants that were looked up a moment ago, so that an order is priced without a read of the database. Invariants: prices come from the
// projection only, an event of the catalog just takes a variant out; a state older than an event that was seen is not kept; without a
// tail that tells of changes nothing is kept at all.
import {
  eventTable,
  on,
  variantArchived,
  variantCreated,
  variantSnapshot,
  variantUpdated,
} from '@holdfast/shared/contracts';
import type { Clock } from '@holdfast/shared/values';
import { LRUCache } from 'lru-cache';
import { knownVariantCountMax, knownVariantMs } from '../limits.ts';
import type { VariantState, VariantStore } from './variants.store.ts';

/** What is read of an event of the catalog. */
type Change = { tenantid: string; subject: string; aggregateversion: number };
/** The state, or only the version that it has to have by now. */
type Known = { version: number; state?: VariantState };

export type KnownVariants = Pick<VariantStore, 'find'> & {
  /** From now on every change of the catalog is told to `onEvent`. */
  follow(): void;
  onEvent(change: Change): void;
};

const changed = (change: Change, variants: KnownVariants) => variants.onEvent(change);

/** The changes that a tail of the catalog hands to `onEvent`. */
export const variantChanges = eventTable<KnownVariants>([
  on(variantCreated, changed),
  on(variantUpdated, changed),
  on(variantArchived, changed),
  on(variantSnapshot, changed),
]);

/** In front of the projection; keeps at most 20,000 variants, each for at most a minute. */
export function createKnownVariants({ find }: Pick<VariantStore, 'find'>, clock: Pick<Clock, 'now'>): KnownVariants {
  const known = new LRUCache<string, Known>({
    max: knownVariantCountMax,
    ttl: knownVariantMs,
    ttlResolution: 0,
    perf: { now: () => clock.now().getTime() },
  });
  const keyOf = (tenantId: string, variantId: string) => `${tenantId} ${variantId}`;
  const versionOf = (key: string) => known.peek(key)?.version ?? 0;
  let following = false;
  return {
    follow() {
      following = true;
    },

    onEvent({ tenantid, subject, aggregateversion: version }) {
      const key = keyOf(tenantid, subject);
      if (version > versionOf(key)) known.set(key, { version });
    },

    async find(tenantId, ids) {
      const found = new Map<string, VariantState>();
      for (const id of ids) {
        const state = known.get(keyOf(tenantId, id))?.state;
        if (state) found.set(id, state);
      }
      if (found.size === ids.length) return found;
      // A read that began before the tail did may miss a change that the tail does not tell.
      const keep = following;
      const missing = ids.filter((id) => !found.has(id));
      for (const [id, state] of await find(tenantId, missing)) {
        found.set(id, state);
        const key = keyOf(tenantId, id);
        if (keep && state.version >= versionOf(key)) known.set(key, { version: state.version, state });
      }
      return found;
    },
  };
}
