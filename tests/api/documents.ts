// What is stored, read past the platform, straight from MongoDB.
import { isDeepStrictEqual } from 'node:util';
import { until } from '@holdfast/shared/testing';
import mongoose, { type Connection } from 'mongoose';
import { testPlatform } from './places.ts';

export type Documents = Record<string, unknown[]>;

/** Longer than the pace of the sweeps that end what is done, such as the file of an import. */
const settledMs = 3_000;

export async function withMongo<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await mongoose.createConnection(testPlatform().urls.mongod!).asPromise();
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** The documents of all collections of all services that fit, by `database.collection`. */
function find(filter: object, isWanted: (collection: string) => boolean = () => true): Promise<Documents> {
  return withMongo(async (connection) => {
    const found: Documents = {};
    const { databases } = await connection.db!.admin().listDatabases();
    for (const { name } of databases.filter((one) => !['admin', 'config', 'local'].includes(one.name))) {
      const { db } = connection.useDb(name);
      for (const { name: collection } of await db!.listCollections().toArray()) {
        if (!isWanted(collection)) continue;
        const documents = await db!.collection(collection).find(filter).sort({ _id: 1 }).toArray();
        if (documents.length > 0) found[`${name}.${collection}`] = documents;
      }
    }
    return found;
  });
}

/** Everything that is stored about a tenant. */
export function documentsOf(tenantId: string): Promise<Documents> {
  return find({ $or: [{ tenantId }, { _id: tenantId }] });
}

/** The same, once all that has happened so far is stored. */
export async function settledDocumentsOf(tenantId: string): Promise<Documents> {
  let before: Documents = {};
  const isSettled = async () => {
    const now = await documentsOf(tenantId);
    const isSame = isDeepStrictEqual(now, before);
    before = now;
    return isSame;
  };
  await until(isSettled, { what: `the documents of ${tenantId} stay as they are`, everyMs: settledMs });
  return before;
}

/** All documents of the collections of this name. */
export async function collectionOf(name: string): Promise<unknown[]> {
  return Object.values(await find({}, (collection) => collection === name)).flat();
}
