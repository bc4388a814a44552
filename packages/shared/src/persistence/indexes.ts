// Creating collections and indexes, by a start-up or migration step, never by a query.
// Invariant: a model of a tenant's collection has the tenant plugin, and each of its unique indexes contains tenantId.
import type mongoose from 'mongoose';
import { mongo } from 'mongoose';
import { type AnyCollection, indexDescriptions } from './collection/definition.ts';
import type { Database } from './connection.ts';
import { asSystem } from './context.ts';
import { isTenantSchema } from './plugin/plugin.ts';
import { rulesOf } from './rules.ts';

/** Indexes of a collection that is not declared. */
export interface NativeIndexes {
  readonly collection: string;
  readonly indexes: readonly mongo.IndexDescription[];
}

interface Model {
  readonly schema: mongoose.Schema;
  readonly collection: { readonly name: string };
}

const NAMESPACE_EXISTS = 48;

/**
 * Creates the collections (a transaction must not be the one to create them) and their indexes; safe to repeat.
 * Throws if any model of the connection lacks the plugin without being declared global, if a unique index lacks
 * tenantId, or if evented documents would expire.
 */
export async function createIndexes(
  database: Database,
  sources: readonly (AnyCollection | NativeIndexes)[],
): Promise<void> {
  for (const model of Object.values(database.connection.models)) checkModel(database, model);
  const all = sources.map((source) => checked(database, source));
  await asSystem('indexes', async () => {
    for (const { collection, indexes } of all) {
      await createCollection(database, collection);
      if (indexes.length > 0) await database.db.collection(collection).createIndexes([...indexes]);
    }
  });
}

function checkModel(database: Database, { schema, collection: { name } }: Model): void {
  if (rulesOf(database.connection).global.has(name) || isTenantSchema(schema)) return;
  throw new Error(`${name} is neither declared global nor has its schema the tenant plugin`);
}

function checked(database: Database, source: AnyCollection | NativeIndexes): NativeIndexes {
  const native = toNative(database, source);
  const { global, evented } = rulesOf(database.connection);
  const { collection } = native;
  for (const { key, unique, expireAfterSeconds } of native.indexes) {
    const fields = key instanceof Map ? [...key.keys()] : Object.keys(key);
    if (unique === true && !global.has(collection) && !fields.includes('tenantId')) {
      throw new Error(`${collection}: the unique index on ${fields.join(', ')} must contain tenantId`);
    }
    // The server would remove documents by itself, past the rule that removal is a status.
    if (expireAfterSeconds !== undefined && evented.has(collection)) {
      throw new Error(`${collection}: documents that carry events must not expire`);
    }
  }
  return native;
}

function toNative(database: Database, source: AnyCollection | NativeIndexes): NativeIndexes {
  if (!('toStored' in source)) return source;
  checkModel(database, { schema: source.schema, collection: source });
  return { collection: source.name, indexes: indexDescriptions(source) };
}

async function createCollection(database: Database, collection: string): Promise<void> {
  try {
    await database.db.createCollection(collection);
  } catch (error) {
    const exists = error instanceof mongo.MongoServerError && error.code === NAMESPACE_EXISTS;
    if (!exists) throw error;
  }
}
