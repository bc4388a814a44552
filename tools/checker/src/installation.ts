// The checker's own way into an installation: plain connections that only read. It shares no data layer with the
// services, so that a flaw of theirs cannot hide itself. Invariant: nothing here writes.
import { connectRedis, type Redis } from '@holdfast/shared/redis';
import mongoose, { type mongo } from 'mongoose';
import { connectMs, readBatchCount } from './limits.ts';

export type DatabaseNames = Record<'auth' | 'catalog' | 'inventory' | 'orders' | 'realtime', string>;

export type Installation = {
  mongodbUri: string;
  /** The Redis of the event streams. */
  redisUrl: string;
  /** Default: each service's own name. */
  databases?: Partial<DatabaseNames>;
  /** Default `g1`. */
  generation?: string;
};

export type Row = mongo.Document & { _id: string; tenantId: string };

export type Reading = {
  client: mongo.MongoClient;
  redis: Redis;
  generation: string;
  /** A service's database. */
  db(service: keyof DatabaseNames): mongo.Db;
  /** All rows of a collection, without their events unless asked for. */
  rows<R extends Row>(service: keyof DatabaseNames, collection: string, options?: RowOptions): AsyncIterable<R>;
  close(): Promise<void>;
};

export type RowOptions = { filter?: mongo.Document; sort?: mongo.Document; projection?: mongo.Document };

/** Connects; throws when MongoDB cannot be reached. Redis connects in the background. */
export async function openInstallation(installation: Installation): Promise<Reading> {
  const client = new mongoose.mongo.MongoClient(installation.mongodbUri, {
    appName: 'holdfast-checker',
    readConcern: { level: 'majority' },
    serverSelectionTimeoutMS: connectMs,
  });
  await client.connect();
  const redis = connectRedis(installation.redisUrl, { purpose: 'checker' });
  const db = (service: keyof DatabaseNames) => client.db(installation.databases?.[service] ?? service);
  return {
    client,
    redis,
    generation: installation.generation ?? 'g1',
    db,
    rows<R extends Row>(service: keyof DatabaseNames, collection: string, options: RowOptions = {}) {
      const { filter = {}, sort, projection = { events: 0 } } = options;
      const cursor = db(service).collection(collection).find(filter, { projection, batchSize: readBatchCount });
      return (sort ? cursor.sort(sort) : cursor) as unknown as AsyncIterable<R>;
    },
    async close() {
      redis.disconnect();
      await client.close();
    },
  };
}
