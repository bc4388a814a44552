// The read-through cache of one process: memory in front of the store in front of whoever makes the answer.
// Promise (docs/adr/0016): whoever may have written reads its own writes at once, on every process; everybody else sees
// a change within a second; without the store answers are slower, never older than that.
// Invariants: an answer is kept under stamps that were read before it was made, and only when nothing was in doubt; one
// that is shared was begun by somebody who knew no less than who shares it.
import { LRUCache } from 'lru-cache';
import { type BoundedMap, boundedMap, type Clock, keyText } from '../values/index.ts';
import type { CacheStore } from './cache-store.ts';
import { type CachedAnswer, decodeAnswer, encodeAnswer } from './cached-answer.ts';
import {
  answerBytesMax,
  answerLifeMs,
  answerLifeSpread,
  knownStampsMax,
  localBytesMax,
  nameLengthMax,
  renewedTenantsMax,
  unaskedMs,
} from './limits.ts';
import { isInDoubt, type Stamp, type TagChange, tenantTag } from './stamp.ts';

export type ReadResult = 'hit' | 'miss' | 'bypass';
export type CacheRead = {
  readonly tenantId: string;
  /** What the answer depends on besides the tenant. */
  readonly tag: string;
  /** Of the answer among those of the tenant: what was asked and what who asks may see. */
  readonly name: string;
  /** True for who may write: it must see its own writes at once. */
  readonly isWriter: boolean;
};
export type CacheAnswer = { readonly answer: CachedAnswer; readonly result: ReadResult };

export interface ReadThrough {
  /** What can be answered without waiting; not to writers. */
  peek(read: CacheRead): CachedAnswer | undefined;
  /** The answer, made with `make` if need be; rejects with what `make` does. */
  read(read: CacheRead, make: () => Promise<CachedAnswer>): Promise<CacheAnswer>;
  /** A writer begins to change these; resolves in any case. */
  mark(tenantId: string, tags: readonly string[], mark: string): Promise<void>;
  /** It has ended, whatever became of it; resolves in any case. */
  settle(tenantId: string, changes: readonly TagChange[], mark: string): Promise<void>;
  /** Somebody has changed these; resolves in any case. */
  tell(tenantId: string, changes: readonly TagChange[]): Promise<void>;
}

export type ReadThroughOptions = {
  /** Without one, only what was made within `unaskedMs` is served from memory, and never to writers. */
  readonly store: CacheStore | undefined;
  readonly clock: Clock;
  readonly random: { next(): number };
  /** Whether changes of others are being told: without that nothing is believed. */
  readonly isTold: () => boolean;
  readonly onRead?: (result: ReadResult) => void;
};

/** By the monotonic clock: when what is known was true, at least. */
type Local = { answer: CachedAnswer; stamps: string | undefined; validAtMs: number };
type Known = { stamp: Stamp; readAtMs: number };
type Flight = { startedAtMs: number; making: Promise<CachedAnswer> };
type Seen = { stamps: string | undefined; local: Local | undefined; readAtMs: number };

export function createReadThrough(options: ReadThroughOptions): ReadThrough {
  const { store, clock, random, isTold, onRead = () => {} } = options;
  const answers = new LRUCache<string, Local>({
    maxSize: localBytesMax,
    sizeCalculation: ({ answer }, key) => answer.json.byteLength + key.length + 300,
  });
  const known: BoundedMap<string, Known> = boundedMap({ max: knownStampsMax });
  /** When this process last heard that a tag has changed: sooner than `unaskedMs` would show it. */
  const changedAtMs: BoundedMap<string, number> = boundedMap({ max: knownStampsMax });
  const flights = new Map<string, Flight>();
  const renewed = renewedTenants(store);

  /** In memory, and true less than `unaskedMs` ago as far as this process knows. */
  function fresh({ tenantId, tag, name }: CacheRead): CachedAnswer | undefined {
    const local = answers.get(keyText(tenantId, name));
    if (!local) return undefined;
    const [allKey, ownKey] = [keyText(tenantId, tenantTag), keyText(tenantId, tag)];
    const oldestMs = Math.max(
      clock.monotonicMs() - unaskedMs,
      changedAtMs.get(allKey) ?? Number.NEGATIVE_INFINITY,
      changedAtMs.get(ownKey) ?? Number.NEGATIVE_INFINITY,
    );
    if (local.validAtMs > oldestMs) return local.answer;
    const [all, own] = [known.get(allKey), known.get(ownKey)];
    if (!all || !own || local.stamps !== stampsText(all.stamp, own.stamp)) return undefined;
    local.validAtMs = Math.max(local.validAtMs, Math.min(all.readAtMs, own.readAtMs));
    return local.validAtMs > oldestMs ? local.answer : undefined;
  }

  function changed(tenantId: string, changes: readonly TagChange[]): void {
    const nowMs = clock.monotonicMs();
    for (const { tag } of changes) changedAtMs.set(keyText(tenantId, tag), nowMs);
  }

  function remember(key: string, local: Local): void {
    if (local.answer.json.byteLength <= answerBytesMax) answers.set(key, local);
  }

  function fly(id: string, startedAtMs: number, make: () => Promise<CachedAnswer>): Promise<CachedAnswer> {
    const making = make().finally(() => {
      if (flights.get(id)?.making === making) flights.delete(id);
    });
    flights.set(id, { startedAtMs, making });
    return making;
  }

  /** Made anew. Those who cannot have written share it, and what was made just now. */
  async function bypass(key: string, { isWriter }: CacheRead, make: () => Promise<CachedAnswer>): Promise<CacheAnswer> {
    onRead('bypass');
    if (isWriter) return { answer: await make(), result: 'bypass' };
    const nowMs = clock.monotonicMs();
    const shared = flights.get(key);
    if (shared && shared.startedAtMs > nowMs - unaskedMs) return { answer: await shared.making, result: 'bypass' };
    const answer = await fly(key, nowMs, make);
    remember(key, { answer, stamps: undefined, validAtMs: nowMs });
    return { answer, result: 'bypass' };
  }

  /** Made anew and kept. Shared by all who have read the same stamps: nothing was settled between them. */
  async function miss(
    key: string,
    { tenantId, name }: CacheRead,
    { stamps, readAtMs }: { stamps: string; readAtMs: number },
    make: () => Promise<CachedAnswer>,
  ): Promise<CacheAnswer> {
    onRead('miss');
    const id = `${key}\n${stamps}`;
    const shared = flights.get(id);
    if (shared) return { answer: await shared.making, result: 'miss' };
    const answer = await fly(id, readAtMs, make);
    remember(key, { answer, stamps, validAtMs: readAtMs });
    if (answer.json.byteLength <= answerBytesMax) {
      const lifeMs = Math.round(answerLifeMs * (1 + (2 * random.next() - 1) * answerLifeSpread));
      // Nobody waits for it; one that fails is made again.
      store!.keep(tenantId, name, encodeAnswer({ stamps, answer }), lifeMs).catch(() => {});
    }
    return { answer, result: 'miss' };
  }

  /** Asks the store: the stamps, undefined when something is in doubt, and the answer that is valid by them. */
  async function look(key: string, { tenantId, tag, name }: CacheRead): Promise<Seen> {
    const tags = [tenantTag, tag];
    for (let local = answers.get(key); ; local = undefined) {
      const readAtMs = clock.monotonicMs();
      const { stamps: read, answer } = await store!.read(tenantId, tags, local?.stamps ? undefined : name);
      for (const [n, stamp] of read.entries()) known.set(keyText(tenantId, tags[n]!), { stamp, readAtMs });
      if (read.some(isInDoubt)) return { stamps: undefined, local: undefined, readAtMs };
      const stamps = stampsText(read[0]!, read[1]!);
      if (local?.stamps === stamps) return { stamps, local, readAtMs };
      // Another process may have stored the new one.
      if (local?.stamps) continue;
      const stored = answer && decodeAnswer(answer);
      const valid = stored?.stamps === stamps ? { answer: stored.answer, stamps, validAtMs: readAtMs } : undefined;
      if (valid) remember(key, valid);
      return { stamps, local: valid, readAtMs };
    }
  }

  /** Whether there is a store that may be believed. */
  async function mayAsk({ tenantId, name }: CacheRead): Promise<boolean> {
    if (!store || name.length > nameLengthMax) return false;
    if (isTold()) return renewed.has(tenantId) || renewed.renew(tenantId);
    renewed.forgetAll();
    return false;
  }

  return {
    peek(read) {
      const answer = read.isWriter ? undefined : fresh(read);
      if (answer) onRead('hit');
      return answer;
    },

    async read(read, make) {
      const key = keyText(read.tenantId, read.name);
      if (!(await mayAsk(read))) return bypass(key, read, make);
      const seen = await look(key, read).catch(() => undefined);
      if (seen?.stamps === undefined) return bypass(key, read, make);
      const { stamps, local, readAtMs } = seen;
      if (!local) return miss(key, read, { stamps, readAtMs }, make);
      local.validAtMs = readAtMs;
      onRead('hit');
      return { answer: local.answer, result: 'hit' };
    },

    async mark(tenantId, tags, mark) {
      // What could not be marked may be served by others who reach the store, until they are told.
      await store?.mark(tenantId, tags, mark).catch(() => renewed.forget(tenantId));
    },

    async settle(tenantId, changes, mark) {
      changed(tenantId, changes);
      await store?.settle(tenantId, changes, mark).catch(() => renewed.forget(tenantId));
    },

    async tell(tenantId, changes) {
      changed(tenantId, changes);
      await store?.tell(tenantId, changes).catch(() => renewed.forget(tenantId));
    },
  };
}

const stampsText = (all: Stamp, own: Stamp) => `${all}|${own}`;

/**
 * Tenants of whose answers this process believes those that are stored: since it is told of changes it has given the
 * tenant a new stamp. What was stored before may be of before a change that nobody heard of.
 */
function renewedTenants(store: CacheStore | undefined) {
  const renewed = () => boundedMap<string, true>({ max: renewedTenantsMax });
  const renewing = new Map<string, Promise<boolean>>();
  let done = renewed();
  let doubts = 0;

  async function renew(tenantId: string): Promise<boolean> {
    const before = doubts;
    try {
      await store!.renew(tenantId, tenantTag);
      // What was forgotten meanwhile may not be accounted for.
      if (before !== doubts) return false;
      done.set(tenantId, true);
      return true;
    } catch {
      return false;
    } finally {
      renewing.delete(tenantId);
    }
  }

  return {
    has: (tenantId: string): boolean => done.get(tenantId) === true,
    /** False when it could not be renewed. */
    async renew(tenantId: string): Promise<boolean> {
      const running = renewing.get(tenantId) ?? Promise.resolve().then(() => renew(tenantId));
      renewing.set(tenantId, running);
      return running;
    },
    forget(tenantId: string): void {
      doubts += 1;
      done.delete(tenantId);
    },
    forgetAll(): void {
      doubts += 1;
      done = renewed();
    },
  };
}
