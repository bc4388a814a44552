// Everything this service opens, in order, and closes in reverse.
// Invariant: when it is open, MongoDB has the collections and indexes and the first start of the relay is agreed.

import { domains } from '@holdfast/shared/contracts';
import { startTrust, type Trust } from '@holdfast/shared/http';
import {
  messagingCollections,
  type Relay,
  type Resync,
  relayMetrics,
  type ServiceConsumer,
  startConsumer,
  startRelay,
  startResync,
  type Tail,
  tailStreams,
} from '@holdfast/shared/messaging';
import { createIndexes, type Database, openDatabase } from '@holdfast/shared/persistence';
import { descriptorLimit } from '@holdfast/shared/process';
import { createLogger, createMetrics, type Log, type Metrics } from '@holdfast/shared/telemetry';
import { systemClock } from '@holdfast/shared/values';
import type { Config } from './config.ts';
import { descriptorsWantedMin, lingerMs, repeatsMax, repeatsPerTenantMax } from './limits.ts';
import { appendEvents } from './log/append-events.ts';
import { createPublicLogStore, logCollection, logIndexes } from './log/public-log.store.ts';
import { rememberEvents } from './log/repeats.ts';
import { type CrossPod, openCrossPod } from './sockets/cross-pod.ts';

export type Deps = {
  config: Config;
  log: Log;
  metrics: Metrics;
  database: Database;
  trust: Trust;
  relay: Relay;
  resync: Resync;
  consumer: ServiceConsumer;
  crossPod: CrossPod;
  /** File descriptors that this process may have open. */
  descriptorLimit: number;
  /** Follows the public log from now on; waits for Redis if need be. */
  followLog(onEntry: Parameters<typeof tailStreams>[0]['onEntry']): Promise<Tail>;
  close(): Promise<void>;
};

/** Opens everything, waiting for MongoDB if it is not there yet; Redis and auth may come later. */
export async function openDeps(config: Config, options: { log?: Log; signal?: AbortSignal } = {}): Promise<Deps> {
  const { log = createLogger({ service: 'realtime', level: config.LOG_LEVEL }), signal } = options;
  const metrics = createMetrics('realtime');
  const database = await openDatabase({
    uri: config.MONGODB_URI,
    name: config.DATABASE_NAME,
    evented: [logCollection],
    global: messagingCollections.global,
    log,
    onRefusal: () => metrics.count('tenancy_refusals_total', 'Commands that the tenancy guard refused.'),
    ...(signal ? { signal } : {}),
  });
  await createIndexes(database, logIndexes);
  const streams = { redisUrl: config.REDIS_URL, generation: config.STREAM_GENERATION, log };
  const relay = await startRelay({ ...streams, database, domain: 'public', metrics: relayMetrics(metrics) });
  // No kinds: the log repeats nothing. What its stream lost is in the log's own documents.
  const resync = startResync({ ...streams, database, domain: 'public', kinds: [] });
  const consumer = await startLogWriter(database, streams, metrics);
  const trust = startTrust({
    authUrl: config.AUTH_URL,
    internalToken: config.INTERNAL_TOKEN,
    log,
    follow: (onEntry) => tailStreams({ ...streams, stream: 'auth', onEntry }),
  });
  const crossPod = openCrossPod(streams);
  const limit = descriptorLimit();
  if (limit < descriptorsWantedMin) {
    log.warn({ limit, wanted: descriptorsWantedMin }, 'few file descriptors: raise the limit (ulimit -n)');
  }
  return {
    config,
    log,
    metrics,
    database,
    trust,
    relay,
    resync,
    consumer,
    crossPod,
    descriptorLimit: limit,
    followLog: (onEntry) => tailStreams({ ...streams, stream: 'public', onEntry }),
    async close() {
      crossPod.close();
      await Promise.all([trust.stop(), consumer.stop(), resync.stop(), relay.stop()]);
      await database.close();
    },
  };
}

type Streams = { redisUrl: string; generation: string; log: Log };

/** The owner of a partition number of all domains: every event goes into its tenant's public log. */
function startLogWriter(database: Database, streams: Streams, metrics: Metrics): Promise<ServiceConsumer> {
  const log = createPublicLogStore(database);
  const repeats = rememberEvents({ perTenantMax: repeatsPerTenantMax, eventsMax: repeatsMax });
  return startConsumer({
    ...streams,
    database,
    service: 'realtime',
    domains,
    mode: 'transaction',
    limits: { lingerMs },
    handle: (batch, session) => {
      if (!session) throw new Error('the public log is written in a transaction');
      return appendEvents({ log, repeats, clock: systemClock }, batch, session);
    },
    metrics: metrics.kinds('consumer_events_total', 'What happened to events that were read, by kind.'),
  });
}
