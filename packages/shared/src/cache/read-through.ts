// The read-through cache of one process: memory in front of the store in front of whoever makes the answer.
// Promise (docs/adr/0016): whoever may have written reads its own writes at once, on every process; everybody else sees
// a change within a second; without the store answers are slower, never older than that.
// Invariants: an answer is kept under stamps that were read before it was made, and only when nothing was in doubt; one
// that is shared was begun by somebody who knew no less than who shares it.
import { type Clock, keyText } from '../values/index.ts';
import type { CacheStore } from './cache-store.ts';
import { type CachedAnswer, decodeAnswer, encodeAnswer } from './cached-answer.ts';
import { answerBytesMax, answerLifeMs, answerLifeSpread, doubtfulMs, nameLengthMax, unaskedMs } from './limits.ts';
import { createLocalAnswers, type LocalAnswer } from './local-answers.ts';
import { renewedTenants } from './renewed-tenants.ts';
import { isInDoubt, type Stamp, stampsText, type TagChange, tenantTag } from './stamp.ts';

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

type Flight = { startedAtMs: number; making: Promise<CachedAnswer> };
type Seen = { stamps: string | undefined; local: LocalAnswer | undefined; readAtMs: number };

export function createReadThrough(options: ReadThroughOptions): ReadThrough {
  const { store, clock, random, isTold, onRead = () => {} } = options;
  const answers = createLocalAnswers(clock);
  const flights = new Map<string, Flight>();
  /** Answers that somebody is looking for or making. */
  const busy = new Set<string>();
  const renewed = renewedTenants(store);

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
    answers.keep(key, { answer, stamps: undefined, validAtMs: nowMs });
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
    answers.keep(key, { answer, stamps, validAtMs: readAtMs });
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
      const [all, own] = read as [Stamp, Stamp];
      answers.learn(tenantId, tag, [all, own], readAtMs);
      if (isInDoubt(all) || isInDoubt(own)) return { stamps: undefined, local: undefined, readAtMs };
      const stamps = stampsText(all, own);
      if (local?.stamps === stamps) return { stamps, local, readAtMs };
      // Another process may have stored the new one.
      if (local?.stamps) continue;
      const stored = answer && decodeAnswer(answer);
      const valid = stored?.stamps === stamps ? { answer: stored.answer, stamps, validAtMs: readAtMs } : undefined;
      if (valid) answers.keep(key, valid);
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

  async function find(key: string, read: CacheRead, make: () => Promise<CachedAnswer>): Promise<CacheAnswer> {
    if (!(await mayAsk(read))) return bypass(key, read, make);
    const seen = await look(key, read).catch(() => undefined);
    if (seen?.stamps === undefined) {
      // What was valid a moment before a writer began, for those who are not writers.
      const before = read.isWriter ? undefined : answers.within(doubtfulMs, read);
      return before ? hit(before) : bypass(key, read, make);
    }
    const { stamps, local, readAtMs } = seen;
    if (!local) return miss(key, read, { stamps, readAtMs }, make);
    local.validAtMs = readAtMs;
    return hit(local.answer);
  }

  function hit(answer: CachedAnswer): CacheAnswer {
    onRead('hit');
    return { answer, result: 'hit' };
  }

  return {
    peek(read) {
      if (read.isWriter) return undefined;
      const key = keyText(read.tenantId, read.name);
      // One looks after it; the others need not wait for that.
      const answer = answers.fresh(read) ?? (busy.has(key) ? answers.within(doubtfulMs, read) : undefined);
      if (answer) onRead('hit');
      return answer;
    },

    async read(read, make) {
      const key = keyText(read.tenantId, read.name);
      const isFirst = !busy.has(key);
      busy.add(key);
      try {
        return await find(key, read, make);
      } finally {
        if (isFirst) busy.delete(key);
      }
    },

    async mark(tenantId, tags, mark) {
      // What could not be marked may be served by others who reach the store, until they are told.
      await store?.mark(tenantId, tags, mark).catch(() => renewed.forget(tenantId));
    },

    async settle(tenantId, changes, mark) {
      answers.changed(tenantId, changes);
      await store?.settle(tenantId, changes, mark).catch(() => renewed.forget(tenantId));
    },

    async tell(tenantId, changes) {
      answers.changed(tenantId, changes);
      await store?.tell(tenantId, changes).catch(() => renewed.forget(tenantId));
    },
  };
}
