// Opens what a service with a database works with, in order, and closes it in reverse.
// Invariant: when it is open, MongoDB has the collections and indexes and the relay's first start is agreed, so that no
// write goes unpublished. Opening waits for MongoDB only: Redis and auth may come later.
import type { StreamName } from '../contracts/index.ts';
import {
  messagingCollections,
  type Relay,
  type Resync,
  relayMetrics,
  snapshotsOf,
  startRelay,
  startResync,
} from '../messaging/index.ts';
import { type AnyCollection, createIndexes, type Database, openDatabase } from '../persistence/index.ts';
import { type Closeable, type DatabaseConfig, type OpenOptions, openParts, type Parts } from '../process/index.ts';
import { createLogger, createMetrics, type Logger, type Metrics } from '../telemetry/index.ts';
import { type Clock, systemClock } from '../values/index.ts';
import { type BackgroundWork, backgroundWork } from './background-work.ts';

/** What a service owns and publishes. */
export interface ServiceDeclaration<Config extends DatabaseConfig, Stores> {
  /** As in the contracts' `consumersOf`. */
  readonly name: string;
  /** The stream of its events. */
  readonly publishes: StreamName;
  readonly config: Config;
  /** All of its own, in the order in which a resync re-emits those that have snapshots. */
  readonly collections: readonly AnyCollection[];
  readonly stores: (database: Database) => Stores;
}

export interface Service<Config extends DatabaseConfig = DatabaseConfig, Stores = unknown> {
  readonly name: string;
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly database: Database;
  readonly stores: Stores;
  readonly relay: Relay;
  readonly resync: Resync;
}

/** Tests leave out the log, and may bring a clock; only a process can be stopped while it starts. */
export type ServiceOptions = Partial<OpenOptions> & { readonly clock?: Clock };

/** A service while it is opened: what is declared is open, its own parts are added with the rest. */
export type OpeningService<Config extends DatabaseConfig, Stores> = Service<Config, Stores> & Parts & BackgroundWork;

/** Opens the declared parts of a service, then with `openOwn` those of its own; it gets what that returns. */
export async function openService<Config extends DatabaseConfig, Stores, Own extends object>(
  declaration: ServiceDeclaration<Config, Stores>,
  { log: given, signal, clock = systemClock }: ServiceOptions,
  openOwn: (service: OpeningService<Config, Stores>) => Own | Promise<Own>,
): Promise<Service<Config, Stores> & Own & Closeable> {
  const { name, config } = declaration;
  const log = given ?? createLogger({ service: name, level: config.LOG_LEVEL });
  return openParts({ log, signal }, async (parts) => {
    const opened = { clock, ...(await openDatabaseOf(declaration, { log, signal }, parts)) };
    // What runs beside the requests ends after the service's own parts, and nothing of it waits for another.
    const background = parts.group('background work');
    const service = await startPublishing(declaration, opened, background);
    const own = await openOwn({ ...service, ...parts, ...backgroundWork(service, background) });
    return { ...service, ...own };
  });
}

type Opened<Config extends DatabaseConfig, Stores> = Omit<Service<Config, Stores>, 'relay' | 'resync'>;

async function openDatabaseOf<Config extends DatabaseConfig, Stores>(
  declaration: ServiceDeclaration<Config, Stores>,
  { log, signal }: OpenOptions,
  parts: Parts,
): Promise<Omit<Opened<Config, Stores>, 'clock'>> {
  const { name, config, collections } = declaration;
  const metrics = createMetrics(name);
  const options = {
    uri: config.MONGODB_URI,
    name: config.DATABASE_NAME,
    evented: namesOf(collections.filter(({ isEvented }) => isEvented)),
    global: [...messagingCollections.global, ...namesOf(collections.filter(({ isGlobal }) => isGlobal))],
    log,
    onRefusal: () => metrics.count('tenancy_refusals_total', 'Commands that the tenancy guard refused.'),
    ...(signal ? { signal } : {}),
  };
  const database = await parts.open(
    'database',
    () => openDatabase(options),
    (opened) => opened.close(),
  );
  const stores = declaration.stores(database);
  await parts.open('indexes', () => createIndexes(database, collections));
  return { name, config, log, metrics, database, stores };
}

async function startPublishing<Config extends DatabaseConfig, Stores>(
  { publishes: domain, collections }: ServiceDeclaration<Config, Stores>,
  opened: Opened<Config, Stores>,
  { open, onClose }: Parts,
): Promise<Service<Config, Stores>> {
  const { config, log, metrics, database } = opened;
  const streams = { database, domain, redisUrl: config.REDIS_URL, generation: config.STREAM_GENERATION, log };
  const relay = await open(
    'relay',
    () => startRelay({ ...streams, metrics: relayMetrics(metrics) }),
    (started) => started.stop(),
  );
  const resync = startResync({ ...streams, kinds: snapshotsOf(collections) });
  onClose('resync', resync.stop);
  return { ...opened, relay, resync };
}

const namesOf = (collections: readonly AnyCollection[]) => collections.map(({ name }) => name);
