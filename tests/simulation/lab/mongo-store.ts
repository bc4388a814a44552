// One MongoDB database: documents in versions, transactions on snapshots with write conflicts, an oplog. Invariants: a
// write is acknowledged, seen by majority reads and by the change stream only once a majority has it; a crash of the
// server loses exactly what has not.

import { timeText } from '@holdfast/shared/messaging';
import type { StoredEvent } from '@holdfast/shared/persistence';
import { mongo } from 'mongoose';
import { busy, type Server } from './calls.ts';
import type { Doc } from './mongo-filter.ts';
import type { World } from './world.ts';

interface Chain {
  /** Oldest first. */
  versions: { tick: number; doc: Doc }[];
  lock: Transaction | undefined;
}

export interface Transaction {
  /** Counts up in its session. */
  readonly number: number;
  status: 'open' | 'committed' | 'aborted';
  /** Undefined until the first operation reaches the server. */
  snapshot: number | undefined;
  readonly writes: Map<string, { collection: string; doc: Doc; before: Doc | undefined }>;
  committedAt: number;
}

export interface Written {
  readonly collection: string;
  readonly before: Doc | undefined;
  readonly after: Doc;
  /** Who wrote it. */
  readonly by: string;
}

export interface OplogEntry {
  readonly tick: number;
  readonly time: string;
  readonly events: readonly StoredEvent[];
}

const lifetimeMs = 5_000;

export function newTransaction(number: number): Transaction {
  return { number, status: 'open', snapshot: undefined, writes: new Map(), committedAt: 0 };
}

export function serverError(code: number, message: string, ...errorLabels: string[]): Error {
  return new mongo.MongoServerError({ code, message, errorLabels });
}

const noSuchTransaction = () => serverError(251, 'the transaction has been aborted', 'TransientTransactionError');
const writeConflict = () => serverError(112, 'write conflict', 'TransientTransactionError');
/** A key that exists; bulk writes turn it into their own error. */
export class DuplicateKey extends Error {}

export class MongoStore implements Server {
  readonly name: string;
  epoch = 0;
  downUntilMs = 0;
  /** Unique keys beside `_id`, by collection. */
  readonly uniqueKeys: Record<string, (doc: Doc) => string> = {};
  /** Told what a majority has, in the order of the oplog. */
  onMajority: (changes: readonly Written[], entries: readonly OplogEntry[]) => void = () => {};
  /** Off: transactions see what is newest and notice no change since they began. Only for taking the mechanism away. */
  hasSnapshots = true;
  readonly oplog: OplogEntry[] = [];
  /** Nothing before this time can be read from the oplog any more. */
  historyFrom = '';
  majorityTime: string;

  readonly #world: World;
  readonly #collections = new Map<string, Map<string, Chain>>();
  readonly #open = new Set<Transaction>();
  readonly #committed = new Set<Transaction>();
  #pending: { tick: number; time: string; changes: Written[] }[] = [];
  #tick = 0;
  #majority = 0;
  #seconds = 0;
  #increment = 0;
  #told = 0;
  #waiting: (() => void)[] = [];

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.majorityTime = this.#nextTime();
  }

  broken(): Error {
    return new mongo.MongoNetworkError('connection closed');
  }

  chains(collection: string): Map<string, Chain> {
    let chains = this.#collections.get(collection);
    if (!chains) {
      chains = new Map();
      this.#collections.set(collection, chains);
    }
    return chains;
  }

  /** What a read sees: of a transaction its snapshot and its own writes, else what a majority has. */
  read(collection: string, id: string, transaction?: Transaction): Doc | undefined {
    const own = transaction?.writes.get(`${collection} ${id}`);
    if (own) return own.doc;
    return versionAt(this.chains(collection).get(id), transaction ? transaction.snapshot! : this.#majority);
  }

  /** The newest version, whether a majority has it or not: what a write outside a transaction meets. */
  newest(collection: string, id: string): Doc | undefined {
    return this.chains(collection).get(id)?.versions.at(-1)?.doc;
  }

  /** Everything that a majority has. */
  all(collection: string): Doc[] {
    return [...this.chains(collection).keys()].flatMap((id) => this.read(collection, id) ?? []);
  }

  begin(transaction: Transaction): void {
    if (transaction.status === 'aborted') throw noSuchTransaction();
    if (transaction.snapshot !== undefined) return;
    transaction.snapshot = this.hasSnapshots ? this.#tick : Number.POSITIVE_INFINITY;
    this.#open.add(transaction);
    this.#world.after(lifetimeMs, `${this.name} transaction lifetime`, () => this.abort(transaction));
  }

  /** Writes inside a transaction; `before` is what the operation was decided on. */
  stage(transaction: Transaction, collection: string, doc: Doc, before: Doc | undefined): void {
    for (const [place, key] of this.#places(collection, doc, before)) {
      const chain = this.#chain(place, key);
      const newest = chain.versions.at(-1)?.tick ?? 0;
      if ((chain.lock && chain.lock !== transaction) || newest > transaction.snapshot!) {
        this.abort(transaction);
        throw writeConflict();
      }
      if (!before && this.read(place, key, transaction)) {
        this.abort(transaction);
        throw new DuplicateKey(key);
      }
      chain.lock = transaction;
      const first = transaction.writes.get(`${place} ${key}`);
      const stored = place === collection ? doc : { _id: key };
      transaction.writes.set(`${place} ${key}`, {
        collection: place,
        doc: stored,
        before: first ? first.before : before,
      });
    }
  }

  /** Answers the tick of the commit. */
  commit(transaction: Transaction, by: string): number {
    if (transaction.status === 'aborted') throw noSuchTransaction();
    if (transaction.status === 'committed') return transaction.committedAt;
    transaction.status = 'committed';
    const tick = this.#apply([...transaction.writes.values()], by);
    transaction.committedAt = tick;
    this.#unlock(transaction);
    if (tick > this.#majority) this.#committed.add(transaction);
    return tick;
  }

  abort(transaction: Transaction): void {
    if (transaction.status !== 'open') return;
    transaction.status = 'aborted';
    this.#unlock(transaction);
  }

  /** Writes outside a transaction; waits for the one that has the document locked. Answers the tick. */
  write(collection: string, doc: Doc, before: Doc | undefined, by: string): number {
    return this.writeAll(collection, [{ doc, before }], by);
  }

  /** Several inserts as one entry of the oplog, as a server may do with those of one command. */
  writeAll(collection: string, writes: readonly { doc: Doc; before: Doc | undefined }[], by: string): number {
    const places = writes.flatMap(({ doc, before }) => this.#places(collection, doc, before));
    for (const [place, key] of places) if (this.#chain(place, key).lock) throw busy;
    if (new Set(places.map(([place, key]) => `${place} ${key}`)).size < places.length)
      throw new DuplicateKey('twice in one command');
    for (const { doc, before } of writes) {
      if (before) continue;
      for (const [place, key] of this.#places(collection, doc, before)) {
        if (this.newest(place, key)) throw new DuplicateKey(key);
      }
    }
    return this.#apply(
      writes.map((one) => ({ ...one, collection })),
      by,
    );
  }

  /** When the reply to a write of this tick may be sent: after a majority has it. */
  awaitMajority(tick: number): number {
    if (tick <= this.#majority) return 0;
    const ms = this.#world.chance.hits(0.1) ? this.#world.chance.between(0, 20) : this.#world.chance.between(0, 0.5);
    const { epoch } = this;
    this.#world.after(ms, `${this.name} majority`, () => {
      if (this.epoch === epoch) this.#advance(tick);
    });
    return ms;
  }

  /** An empty write, so that time goes on. */
  noop(): void {
    this.#advance(this.#apply([], 'server'));
  }

  /** The oplog is cut off: what is there now can be read no more. */
  loseHistory(): void {
    this.noop();
    this.historyFrom = this.majorityTime;
  }

  /** Calls `look` when there is something new for change streams, or after `ms`; once. */
  onNews(look: () => void, ms: number): void {
    const once = () => {
      const at = this.#waiting.indexOf(once);
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      callOff();
      look();
    };
    this.#waiting.push(once);
    const callOff = this.#world.after(ms, `${this.name} idle getMore`, once);
  }

  /** The server dies: what no majority has is gone, and so is every open transaction. */
  crash(downMs: number): void {
    this.epoch += 1;
    this.downUntilMs = this.#world.nowMs + downMs;
    for (const transaction of [...this.#open]) this.abort(transaction);
    for (const transaction of this.#committed)
      if (transaction.committedAt > this.#majority) transaction.status = 'aborted';
    this.#committed.clear();
    for (const chains of this.#collections.values()) {
      for (const chain of chains.values()) chain.versions = chain.versions.filter(({ tick }) => tick <= this.#majority);
    }
    this.#pending = [];
    while ((this.oplog.at(-1)?.tick ?? 0) > this.#majority) this.oplog.pop();
    for (const look of [...this.#waiting]) look();
  }

  get majority(): number {
    return this.#majority;
  }

  #apply(writes: readonly { collection: string; doc: Doc; before: Doc | undefined }[], by: string): number {
    this.#tick += 1;
    const tick = this.#tick;
    const time = this.#nextTime();
    const changes: Written[] = [];
    for (const { collection, doc, before } of writes) {
      const chain = this.#chain(collection, doc._id);
      const oldest = Math.min(this.#majority, ...[...this.#open].map(({ snapshot }) => snapshot!));
      while (chain.versions.length > 1 && chain.versions[1]!.tick <= oldest) chain.versions.shift();
      chain.versions.push({ tick, doc });
      changes.push({ collection, before, after: doc, by });
      const events = eventsOf(doc, before);
      if (events) this.oplog.push({ tick, time, events });
    }
    this.#pending.push({ tick, time, changes });
    return tick;
  }

  #advance(tick: number): void {
    if (tick <= this.#majority) return;
    this.#majority = tick;
    const toldBefore = this.#told;
    while (this.#pending.length > 0 && this.#pending[0]!.tick <= tick) {
      const { changes, time, tick: of } = this.#pending.shift()!;
      this.majorityTime = time;
      const from = this.#told;
      while (this.#told < this.oplog.length && this.oplog[this.#told]!.tick <= of) this.#told += 1;
      this.onMajority(changes, this.oplog.slice(from, this.#told));
    }
    // Only now: who looks must find a time that covers all of it.
    if (this.#told > toldBefore) for (const look of [...this.#waiting]) look();
  }

  /** Where a document and its unique keys are kept. */
  #places(collection: string, doc: Doc, before: Doc | undefined): [place: string, key: string][] {
    const unique = before ? undefined : this.uniqueKeys[collection];
    return unique
      ? [
          [collection, doc._id],
          [`${collection}#`, unique(doc)],
        ]
      : [[collection, doc._id]];
  }

  #chain(collection: string, id: string): Chain {
    const chains = this.chains(collection);
    let chain = chains.get(id);
    if (!chain) {
      chain = { versions: [], lock: undefined };
      chains.set(id, chain);
    }
    return chain;
  }

  #unlock(transaction: Transaction): void {
    this.#open.delete(transaction);
    for (const { collection, doc } of transaction.writes.values()) {
      const chain = this.#chain(collection, doc._id);
      if (chain.lock === transaction) chain.lock = undefined;
    }
  }

  #nextTime(): string {
    const seconds = Math.floor(this.#world.now().getTime() / 1_000);
    this.#increment = seconds > this.#seconds ? 1 : this.#increment + 1;
    this.#seconds = Math.max(seconds, this.#seconds);
    return timeText(this.#seconds, this.#increment);
  }
}

function versionAt(chain: Chain | undefined, tick: number): Doc | undefined {
  if (!chain) return undefined;
  for (let n = chain.versions.length - 1; n >= 0; n -= 1)
    if (chain.versions[n]!.tick <= tick) return chain.versions[n]!.doc;
  return undefined;
}

/**
 * What a write publishes: its events, unless they are those that were there before (setting an equal array changes
 * nothing).
 */
function eventsOf(doc: Doc, before: Doc | undefined): StoredEvent[] | undefined {
  const events = doc.events as StoredEvent[] | undefined;
  if (!Array.isArray(events)) return undefined;
  const old = before?.events as StoredEvent[] | undefined;
  const isSame = old?.length === events.length && events.every((event, n) => event.id === old[n]!.id);
  return isSame ? undefined : events;
}
