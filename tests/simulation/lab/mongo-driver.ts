// The driver's face of a simulated database: as much of Database, collections,
// sessions and change streams as the stores and the relay use.
// Invariant: every command is one call through the world, with the driver's own errors and labels when it fails.
import type { Database } from '@holdfast/shared/persistence';
import { mongo } from 'mongoose';
import { busy, type Caller } from './calls.ts';
import { type Doc, type Filter, idsOf, matches, updated } from './mongo-filter.ts';
import { DuplicateKey, type MongoStore, newTransaction, serverError, type Transaction } from './mongo-store.ts';
import { watcherOf } from './mongo-watcher.ts';
import type { Life, World } from './world.ts';

/** Changes a filter before it is used; only for taking a mechanism away. */
export type FilterSwitch = (collection: string, filter: Filter) => Filter;

export interface DriverOptions {
  readonly world: World;
  readonly caller: Caller;
  readonly store: MongoStore;
  readonly life: Life;
  readonly weaken?: FilterSwitch | undefined;
}

export interface SimSession {
  readonly id: { readonly id: Buffer };
  transaction: Transaction | undefined;
  /** The newest transaction of the session that the server has seen. */
  running: Transaction | undefined;
}

type Options = { session?: SimSession };
type UpdateOne = { filter: Filter; update: object; upsert?: boolean };
type Operation = { insertOne?: { document: Doc }; updateOne?: UpdateOne };
type WriteError = { index: number; code: number };

export const sessionsOf = new WeakMap<MongoStore, Map<string, SimSession>>();

/** A Database whose commands go to the store. */
export function connect(options: DriverOptions): Database {
  const { store } = options;
  const sessions = sessionsOf.get(store) ?? new Map<string, SimSession>();
  sessionsOf.set(store, sessions);
  const db = {
    collection: (name: string) => collectionOf(options, name),
    command: () => command(options, 'ping', () => ({ operationTime: timestamp(store.majorityTime) })),
  };
  const killSessions = (body: { killSessions: { id: Buffer }[] }) =>
    command(options, 'killSessions', () => {
      for (const { id } of body.killSessions) {
        const running = sessions.get(id.toString('hex'))?.running;
        if (running) store.abort(running);
      }
      return {};
    });
  const client = {
    startSession: () => openSession(options, sessions),
    db: () => ({ command: killSessions }),
  };
  const connection = { model: () => ({}) };
  return { name: store.name, db, client, connection, openWatcher: () => watcherOf(options) } as unknown as Database;
}

export function timestamp(time: string): mongo.Timestamp {
  return new mongo.Timestamp({ t: Number.parseInt(time.slice(0, 8), 16), i: Number.parseInt(time.slice(8), 16) });
}

/** One command; network errors inside a transaction carry the label that the driver gives them. */
export function command<T>(
  { caller, life, store }: DriverOptions,
  name: string,
  serve: () => T | { value: T; waitMs: number },
  session?: SimSession,
): Promise<T> {
  const kind = `mongo ${store.name} ${name}`;
  const call = caller.call<T>({ life, server: store, kind }, (answer) => {
    const result = serve();
    if (result instanceof Acknowledged) answer(result.value as T, result.waitMs);
    else answer(result as T);
  });
  if (!session?.transaction) return call;
  return call.catch((error) => {
    if (error instanceof mongo.MongoNetworkError) error.addErrorLabel('TransientTransactionError');
    throw error;
  });
}

/** An answer that waits for a majority. */
export class Acknowledged<T> {
  readonly value: T;
  readonly waitMs: number;
  constructor(value: T, waitMs: number) {
    this.value = value;
    this.waitMs = waitMs;
  }
}

function openSession(options: DriverOptions, sessions: Map<string, SimSession>) {
  const { store, world, life } = options;
  const id = Buffer.alloc(8);
  id.writeUInt32BE(world.chance.int(0, 0xffffffff), 0);
  id.writeUInt32BE(sessions.size, 4);
  const session: SimSession = { id: { id }, transaction: undefined, running: undefined };
  let last: Transaction | undefined;
  let count = 0;
  sessions.set(id.toString('hex'), session);
  const inTransaction = () => session.transaction !== undefined;
  return Object.assign(session, {
    hasEnded: false,
    inTransaction,
    startTransaction() {
      count += 1;
      last = undefined;
      session.transaction = newTransaction(count);
    },
    async commitTransaction() {
      const transaction = session.transaction ?? last;
      last = transaction;
      // The driver leaves the transaction with the first attempt; a commit may be sent again.
      session.transaction = undefined;
      if (!transaction || transaction.snapshot === undefined) return;
      try {
        await command(options, 'commit', () => {
          const tick = store.commit(transaction, life.name);
          return new Acknowledged({}, store.awaitMajority(tick));
        });
      } catch (error) {
        if (error instanceof mongo.MongoNetworkError) error.addErrorLabel('UnknownTransactionCommitResult');
        throw error;
      }
    },
    async abortTransaction() {
      const { transaction } = session;
      session.transaction = undefined;
      if (transaction?.snapshot !== undefined) await command(options, 'abort', () => store.abort(transaction));
    },
    async endSession() {},
  });
}

function collectionOf(options: DriverOptions, name: string) {
  const { store, life, weaken } = options;
  const filterOf = (filter: Filter) => (weaken ? weaken(name, filter) : filter);
  const kind = (operation: string) => `${name}.${operation}`;
  const find = (filter: Filter, { session }: Options = {}) => {
    const order: Order = {};
    const cursor = {
      sort(by: Record<string, 1 | -1>) {
        order.by = by;
        return cursor;
      },
      skip(first: number) {
        order.first = first;
        return cursor;
      },
      limit(most: number) {
        order.most = most;
        return cursor;
      },
      hint: () => cursor,
      map: <T>(change: (doc: Doc) => T) => ({ toArray: async () => (await cursor.toArray()).map(change) }),
      toArray: () => {
        const begin = beginner(store, session);
        return command(options, kind('find'), () => sorted(select(store, name, filter, begin()), order), session);
      },
    };
    return cursor;
  };
  return {
    find,
    findOne: (filter: Filter, { session }: Options = {}) => {
      const begin = beginner(store, session);
      return command(options, kind('findOne'), () => select(store, name, filter, begin())[0] ?? null, session);
    },
    updateOne: (filter: Filter, update: object, { upsert = false }: { upsert?: boolean } = {}) =>
      command(options, kind('updateOne'), () => {
        const done = applyUpdate(options, name, { filter: filterOf(filter), update, upsert }, undefined);
        return new Acknowledged({ matchedCount: done.matched }, store.awaitMajority(done.tick));
      }),
    findOneAndUpdate: (filter: Filter, update: object, more: { upsert?: boolean; returnDocument: string }) =>
      command(options, kind('findOneAndUpdate'), () => {
        const before = selectNewest(store, name, filter)[0];
        const { tick } = applyUpdate(options, name, { filter, update, upsert: more.upsert === true }, undefined);
        const after = selectNewest(store, name, filter)[0];
        return new Acknowledged((more.returnDocument === 'after' ? after : before) ?? null, store.awaitMajority(tick));
      }).catch(asDuplicate),
    insertMany: (documents: Doc[], { session }: Options = {}) => {
      const operations = documents.map((document) => ({ insertOne: { document } }));
      return runBulk(options, name, 'insertMany', operations, session);
    },
    bulkWrite: (operations: Operation[], { session }: Options = {}) => {
      const weakened = operations.map(({ insertOne, updateOne }) =>
        updateOne ? { updateOne: { ...updateOne, filter: filterOf(updateOne.filter) } } : { insertOne },
      );
      return runBulk(options, name, 'bulkWrite', weakened as Operation[], session);
    },
    createIndex: async () => life.name,
  };
}

function asDuplicate(error: unknown): never {
  throw error instanceof DuplicateKey ? serverError(11_000, 'duplicate key') : error;
}

/** Puts a command into the transaction that its session is in when it is sent; the first one to arrive begins it. */
function beginner(store: MongoStore, session: SimSession | undefined): () => Transaction | undefined {
  const transaction = session?.transaction;
  return () => (session && transaction ? begun(store, session, transaction) : undefined);
}

function begun(store: MongoStore, session: SimSession, transaction: Transaction): Transaction {
  const { running } = session;
  if (running && running.number > transaction.number)
    throw serverError(225, 'transaction too old', 'TransientTransactionError');
  // A session has one transaction: a newer one ends the one before.
  if (running && running !== transaction) store.abort(running);
  session.running = transaction;
  store.begin(transaction);
  return transaction;
}

/** What a read finds: by id when the filter names them. Copies, as from a wire. */
function select(store: MongoStore, name: string, filter: Filter, transaction?: Transaction): Doc[] {
  const ids = idsOf(filter) ?? [...store.chains(name).keys()];
  return ids.flatMap((id) => {
    const doc = store.read(name, id, transaction);
    return doc && matches(doc, filter) ? [{ ...doc }] : [];
  });
}

function selectNewest(store: MongoStore, name: string, filter: Filter): Doc[] {
  const ids = idsOf(filter) ?? [...store.chains(name).keys()];
  return ids.flatMap((id) => {
    const doc = store.newest(name, id);
    return doc && matches(doc, filter) ? [doc] : [];
  });
}

type Order = { by?: Record<string, 1 | -1>; first?: number; most?: number };

function sorted(found: Doc[], { by, first = 0, most }: Order): Doc[] {
  const [field, direction] = Object.entries(by ?? {})[0] ?? [];
  if (field !== undefined) found.sort((a, b) => (a[field] < b[field] ? -1 : Number(a[field] > b[field])) * direction!);
  return found.slice(first, most === undefined ? undefined : first + most);
}

/** One update; a first upsert of a key that another state holds is a duplicate, as on a server. */
function applyUpdate(
  { store, life }: DriverOptions,
  name: string,
  { filter, update, upsert }: UpdateOne,
  transaction: Transaction | undefined,
): { matched: number; tick: number } {
  const id = filter._id as string;
  const current = transaction ? store.read(name, id, transaction) : store.newest(name, id);
  const found = current && matches(current, filter) ? current : undefined;
  if (!found && !upsert) return { matched: 0, tick: 0 };
  const doc = updated(found, filter, update);
  if (transaction) {
    store.stage(transaction, name, doc, found);
    return { matched: found ? 1 : 0, tick: 0 };
  }
  return { matched: found ? 1 : 0, tick: store.write(name, doc, found, life.name) };
}

interface Progress {
  next: number;
  matchedCount: number;
  insertedCount: number;
  tick: number;
  readonly errors: WriteError[];
}

/**
 * A bulk write. Outside a transaction its operations are separate: others may come between them,
 * and a broken connection may leave a part.
 */
function runBulk(
  options: DriverOptions,
  name: string,
  operation: string,
  operations: Operation[],
  session: SimSession | undefined,
) {
  const { store, world } = options;
  const progress: Progress = { next: 0, matchedCount: 0, insertedCount: 0, tick: 0, errors: [] };
  const isOneEntry = operation === 'insertMany' && !session?.transaction && world.chance.hits(0.3);
  const begin = beginner(store, session);
  const serve = () => {
    const transaction = begin();
    if (!isOneEntry || !insertTogether(options, name, operations, progress)) {
      while (progress.next < operations.length) {
        if (!transaction && progress.next > 0 && world.chance.hits(0.02)) throw busy;
        applyOne(options, name, operations[progress.next]!, progress, transaction);
        progress.next += 1;
      }
    }
    const { matchedCount, insertedCount, tick, errors } = progress;
    const counts = { matchedCount, insertedCount };
    // What was written is waited for also when something else of the command was refused.
    return new Acknowledged(errors.length > 0 ? bulkError(errors, counts) : counts, store.awaitMajority(tick));
  };
  return command<object>(options, `${name}.${operation}`, serve, session).then((result) => {
    if (result instanceof Error) throw result;
    return result;
  }, wrapped);
}

/** As the driver does with all that keeps a bulk write from being answered: an error that names no document. */
function wrapped(error: Error): never {
  if (error instanceof mongo.MongoBulkWriteError) throw error;
  throw new MongoBulkWriteError(error, { matchedCount: 0, insertedCount: 0, getWriteConcernError: () => undefined });
}

function insertTogether({ store, life }: DriverOptions, name: string, operations: Operation[], progress: Progress) {
  const writes = operations.map(({ insertOne }) => ({ doc: insertOne!.document, before: undefined }));
  try {
    progress.tick = store.writeAll(name, writes, life.name);
  } catch (error) {
    if (error instanceof DuplicateKey) return false;
    throw error;
  }
  progress.insertedCount = writes.length;
  progress.next = writes.length;
  return true;
}

function applyOne(
  options: DriverOptions,
  name: string,
  { insertOne, updateOne }: Operation,
  progress: Progress,
  transaction: Transaction | undefined,
): void {
  const { store, life } = options;
  try {
    if (updateOne) {
      const { matched, tick } = applyUpdate(options, name, updateOne, transaction);
      progress.matchedCount += matched;
      progress.tick = Math.max(progress.tick, tick);
      return;
    }
    const { document } = insertOne!;
    if (transaction) store.stage(transaction, name, document, undefined);
    else progress.tick = store.write(name, document, undefined, life.name);
    progress.insertedCount += 1;
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error;
    if (transaction) throw bulkError([{ index: progress.next, code: 11_000 }], progress);
    progress.errors.push({ index: progress.next, code: 11_000 });
  }
}

const { MongoBulkWriteError } = mongo as unknown as {
  MongoBulkWriteError: new (facts: object, result: object) => Error;
};

function bulkError(writeErrors: WriteError[], counts: { matchedCount: number; insertedCount: number }): Error {
  const { matchedCount, insertedCount } = counts;
  const result = { matchedCount, insertedCount, getWriteConcernError: () => undefined };
  const facts = { message: 'duplicate key', code: 11_000, writeErrors };
  return new MongoBulkWriteError(facts, result);
}
