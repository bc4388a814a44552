// A cache of variants, so that an order is priced without a read of the database. Invariants: prices come from the
// projection only, an event of the catalog just invalidates an entry; a state older than an event that was seen is not
// cached; nothing is cached before a tail reports changes; every answer says how current it is.
import {
  eventTable,
  on,
  variantArchived,
  variantCreated,
  variantSnapshot,
  variantUpdated,
} from '@holdfast/shared/contracts';
import { boundedMap, type Clock, keyText } from '@holdfast/shared/values';
import { variantCacheCountMax, variantCacheMs } from '../limits.ts';
import type { VariantState, VariantStore } from './variants.store.ts';

/** What is read of an event of the catalog. */
type Change = { tenantid: string; subject: string; aggregateversion: number };
/** The state and when it was current, or only the version that it has to have by now. */
type Cached = { version: number; known?: { state: VariantState; currentAtMs: number } };

/** Variants as they were at a moment, or later. */
export type FoundVariants = { variants: Map<string, VariantState>; currentAtMs: number };

export type VariantCache = {
  /**
   * The known ones among these; read anew where what is cached is older than `ageMsMax` and the projection is more
   * current than that.
   */
  find(tenantId: string, ids: readonly string[], ageMsMax: number): Promise<FoundVariants>;
  /** From now on every change of the catalog is reported to `onEvent`. */
  follow(): void;
  onEvent(change: Change): void;
};

const changed = (change: Change, cache: VariantCache) => cache.onEvent(change);

/** The changes that a tail of the catalog hands to `onEvent`. */
export const variantChanges = eventTable<VariantCache>([
  on(variantCreated, changed),
  on(variantUpdated, changed),
  on(variantArchived, changed),
  on(variantSnapshot, changed),
]);

export type VariantCacheDeps = {
  projection: Pick<VariantStore, 'find'>;
  /** Up to when the projection of a tenant has every change of the catalog; undefined: not known. */
  completeUntilMs(tenantId: string): number | undefined;
  clock: Pick<Clock, 'now' | 'monotonicMs'>;
};

/** In front of the projection; keeps at most 20,000 variants, each for at most a minute. */
export function createVariantCache({ projection, completeUntilMs, clock }: VariantCacheDeps): VariantCache {
  const nowMs = () => clock.now().getTime();
  const cache = boundedMap<string, Cached>({ max: variantCacheCountMax, ttlMs: variantCacheMs, clock });
  const versionOf = (key: string) => cache.peek(key)?.version ?? 0;
  let following = false;
  return {
    follow() {
      following = true;
    },

    onEvent({ tenantid, subject, aggregateversion: version }) {
      const key = keyText(tenantid, subject);
      if (version > versionOf(key)) cache.set(key, { version });
    },

    async find(tenantId, ids, ageMsMax) {
      // Before the read: what the projection has by then, the read finds.
      const readAtMs = completeUntilMs(tenantId) ?? 0;
      const oldestMs = Math.min(readAtMs, nowMs() - ageMsMax);
      const found: FoundVariants = { variants: new Map(), currentAtMs: Number.POSITIVE_INFINITY };
      const add = (state: VariantState, currentAtMs: number) => {
        found.variants.set(state.variantId, state);
        found.currentAtMs = Math.min(found.currentAtMs, currentAtMs);
      };
      for (const id of ids) {
        const known = cache.get(keyText(tenantId, id))?.known;
        if (known && known.currentAtMs >= oldestMs) add(known.state, known.currentAtMs);
      }
      const missing = ids.filter((id) => !found.variants.has(id));
      if (missing.length === 0) return found;
      // A read that began before the tail did may miss a change that the tail does not report.
      const keep = following;
      found.currentAtMs = Math.min(found.currentAtMs, readAtMs);
      for (const [id, state] of await projection.find(tenantId, missing)) {
        add(state, readAtMs);
        const key = keyText(tenantId, id);
        const known = { state, currentAtMs: readAtMs };
        if (keep && state.version >= versionOf(key)) cache.set(key, { version: state.version, known });
      }
      return found;
    },
  };
}
