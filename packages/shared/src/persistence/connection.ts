// Opening a service's database.
// Invariant: every connection to MongoDB is opened here, so that each one is journaled majority, builds no indexes by
// itself, sanitises filters and carries the tenancy guard.
import { setTimeout as pause } from 'node:timers/promises';
import mongoose, { type mongo } from 'mongoose';
import { asSystem } from './context.ts';
import './driver-repair.ts';
import type { Log } from '../values/index.ts';
import { type Guard, installGuard, type Refusal } from './guard/guard.ts';
import {
  poolSizeDefault,
  reconnectDelayMs,
  serverSelectionTimeoutMs,
  socketTimeoutMs,
  waitQueueTimeoutMs,
  watcherPoolSizeMax,
} from './limits.ts';
import { type GuardRules, rememberRules } from './rules.ts';

// Process-wide because mongoose reads them when a schema is compiled, before any connection exists.
mongoose.set('sanitizeFilter', true);
mongoose.set('strictQuery', 'throw');
mongoose.set('autoIndex', false);
mongoose.set('autoCreate', false);

export interface DatabaseOptions {
  uri: string;
  /** Name of the service's own database. */
  name: string;
  /** Collections whose documents carry their events; see the evented rules of the guard. */
  evented: readonly string[];
  /** Collections that belong to no tenant and pass in any scope. */
  global: readonly string[];
  log?: Log;
  /** Called once per refused command, for a metric. */
  onRefusal?: (refusal: Refusal) => void;
  /** Ends the wait for an unreachable MongoDB. */
  signal?: AbortSignal;
  /** Connections per process; default 50. */
  poolSizeMax?: number;
}

export interface Database {
  readonly name: string;
  readonly connection: mongoose.Connection;
  /** Native collections for measured hot paths; the guard sees their commands too. */
  readonly db: mongo.Db;
  readonly client: mongo.MongoClient;
  readonly guard: Guard;
  /** Resolves when the primary answers; throws otherwise. */
  ping(): Promise<void>;
  /**
   * A guarded client of its own whose replies may take as long as they need: catching up with an old change stream
   * scans the oplog within one getMore. One attempt; throws when MongoDB cannot be reached.
   */
  openWatcher(): Promise<Watcher>;
  close(): Promise<void>;
}

export interface Watcher {
  readonly db: mongo.Db;
  readonly client: mongo.MongoClient;
  close(): Promise<void>;
}

/**
 * Opens the service's database, waiting until MongoDB can be reached; each attempt uses a new client.
 * Throws at once on a wrong address or refused credentials, and when `signal` is aborted.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const rules: GuardRules = {
    database: options.name,
    evented: new Set(options.evented),
    global: new Set(options.global),
  };
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    const connection = mongoose.createConnection();
    try {
      await unlessAborted(connection.openUri(options.uri, clientSettings(options)), options.signal);
      return describe(connection, rules, options);
    } catch (error) {
      // Not awaited: an attempt under way ends only with its own timeout.
      void connection.destroy().catch(() => undefined);
      options.signal?.throwIfAborted();
      if (!isUnreachable(error)) throw error;
      options.log?.warn({ database: options.name, attempt, reason: reasonOf(error) }, 'MongoDB is not reachable yet');
      await pause(reconnectDelayMs, undefined, { signal: options.signal });
    }
  }
}

async function unlessAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return void (await work);
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    work.catch(() => undefined);
  }
}

function clientSettings(options: DatabaseOptions): mongoose.ConnectOptions {
  return {
    dbName: options.name,
    appName: `holdfast-${options.name}`,
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'majority' },
    monitorCommands: true,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    ignoreUndefined: false,
    // The server hands out only what a driver has encoded; looking at every character again cost a tenth of the
    // readers' time.
    enableUtf8Validation: false,
    maxPoolSize: options.poolSizeMax ?? poolSizeDefault,
    serverSelectionTimeoutMS: serverSelectionTimeoutMs,
    socketTimeoutMS: socketTimeoutMs,
    waitQueueTimeoutMS: waitQueueTimeoutMs,
  };
}

function describe(connection: mongoose.Connection, rules: GuardRules, options: DatabaseOptions): Database {
  const client = connection.getClient();
  const db = connection.db;
  if (db === undefined) throw new Error('the connection has no database');
  rememberRules(connection, rules);
  const guard = installGuard(client, rules, { log: options.log, onRefusal: options.onRefusal });
  return {
    name: options.name,
    connection,
    db,
    client,
    guard,
    async ping() {
      await db.command({ ping: 1 });
    },
    openWatcher: () => openWatcher(rules, options),
    async close() {
      // Closing kills the cursors that are still open, whoever opened them.
      await asSystem('close', () => connection.close());
    },
  };
}

async function openWatcher(rules: GuardRules, options: DatabaseOptions): Promise<Watcher> {
  const connection = mongoose.createConnection();
  // Destroyed, not only closed: mongoose remembers every connection that it made.
  const close = () => asSystem('close', () => connection.destroy());
  try {
    await connection.openUri(options.uri, {
      ...clientSettings(options),
      socketTimeoutMS: 0,
      maxPoolSize: watcherPoolSizeMax,
    });
    const { db } = connection;
    if (db === undefined) throw new Error('the connection has no database');
    const client = connection.getClient();
    installGuard(client, rules, { log: options.log, onRefusal: options.onRefusal });
    return { db, client, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'MongooseServerSelectionError' || error.name.startsWith('MongoNetwork');
}

// The error's own text can hold the address with its credentials.
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
