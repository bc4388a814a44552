// The answers in the memory of a process, and what it knows of how current they are.
// Invariant: what is served without asking was valid less than the given time ago, and, as far as this process has
// heard, has not changed since; of lists under many changes only the former, or memory would be of no use to them.
import { LRUCache } from 'lru-cache';
import { type BoundedMap, boundedMap, type Clock, keyText } from '../values/index.ts';
import type { CachedAnswer } from './cached-answer.ts';
import { answerBytesMax, knownStampsMax, localBytesMax, rareChangeMs, unaskedMs } from './limits.ts';
import { type Stamp, stampsText, type TagChange, tenantTag } from './stamp.ts';

/** `validAtMs`: by the monotonic clock, when it was so, at least. `stamps`: undefined for what was made in doubt. */
export type LocalAnswer = { answer: CachedAnswer; stamps: string | undefined; validAtMs: number };
export type LocalRead = { readonly tenantId: string; readonly tag: string; readonly name: string };

type Known = { stamp: Stamp; readAtMs: number };
/** When a tag last changed, as far as this process heard, and the last time that this was heeded at once. */
type Change = { heededAtMs: number; lastAtMs: number };

/** Bytes of an entry besides its answer. */
const entryBytes = 300;
const never = Number.NEGATIVE_INFINITY;

export type LocalAnswers = ReturnType<typeof createLocalAnswers>;

export function createLocalAnswers(clock: Pick<Clock, 'monotonicMs'>) {
  const answers = new LRUCache<string, LocalAnswer>({
    maxSize: localBytesMax,
    sizeCalculation: ({ answer }, key) => answer.json.byteLength + key.length + entryBytes,
  });
  const known: BoundedMap<string, Known> = boundedMap({ max: knownStampsMax });
  const changes: BoundedMap<string, Change> = boundedMap({ max: knownStampsMax });

  /** The latest change that is heeded: what was valid before it is not served unasked. */
  const heededAtMs = (allKey: string, ownKey: string) =>
    Math.max(changes.get(allKey)?.heededAtMs ?? never, changes.get(ownKey)?.heededAtMs ?? never);

  return {
    get: (key: string): LocalAnswer | undefined => answers.get(key),

    keep(key: string, local: LocalAnswer): void {
      if (local.answer.json.byteLength <= answerBytesMax) answers.set(key, local);
    },

    /** The stamps that the store had at a moment. */
    learn(tenantId: string, tag: string, stamps: readonly [all: Stamp, own: Stamp], readAtMs: number): void {
      known.set(keyText(tenantId, tenantTag), { stamp: stamps[0], readAtMs });
      known.set(keyText(tenantId, tag), { stamp: stamps[1], readAtMs });
    },

    changed(tenantId: string, tags: readonly TagChange[]): void {
      const nowMs = clock.monotonicMs();
      for (const { tag, version } of tags) {
        const key = keyText(tenantId, tag);
        const before = changes.get(key);
        const isHeeded = version !== undefined || !before || nowMs - before.lastAtMs >= rareChangeMs;
        changes.set(key, { heededAtMs: isHeeded ? nowMs : before.heededAtMs, lastAtMs: nowMs });
      }
    },

    /** An answer that was valid less than `unaskedMs` ago. */
    fresh({ tenantId, tag, name }: LocalRead): CachedAnswer | undefined {
      const local = answers.get(keyText(tenantId, name));
      if (!local) return undefined;
      const [allKey, ownKey] = [keyText(tenantId, tenantTag), keyText(tenantId, tag)];
      const oldestMs = Math.max(clock.monotonicMs() - unaskedMs, heededAtMs(allKey, ownKey));
      if (local.validAtMs > oldestMs) return local.answer;
      const [all, own] = [known.get(allKey), known.get(ownKey)];
      if (!all || !own || local.stamps !== stampsText(all.stamp, own.stamp)) return undefined;
      local.validAtMs = Math.max(local.validAtMs, Math.min(all.readAtMs, own.readAtMs));
      return local.validAtMs > oldestMs ? local.answer : undefined;
    },

    /** One that was valid less than so long ago. */
    within(ms: number, { tenantId, tag, name }: LocalRead): CachedAnswer | undefined {
      const local = answers.get(keyText(tenantId, name));
      if (!local) return undefined;
      const heeded = heededAtMs(keyText(tenantId, tenantTag), keyText(tenantId, tag));
      return local.validAtMs > Math.max(clock.monotonicMs() - ms, heeded) ? local.answer : undefined;
    },
  };
}
