// MongoDB's profiler over a whole test run: it keeps what a service asked for that scans a collection, sorts in memory,
// examines more than it returns, or does not name a tenant.
import mongoose, { type mongo } from 'mongoose';

/** Bytes of profile per database: a run keeps a few thousand entries of about 1 KB. */
const profileBytes = 64 * 1024 * 1024;
/** Documents examined for each one returned; one document that a query looks at in vain is no waste. */
export const examinedPerReturnedMax = 1.1;

export type Profiled = {
  ns: string;
  op: string;
  appName?: string;
  planSummary?: string;
  hasSortStage?: boolean;
  docsExamined?: number;
  keysExamined?: number;
  nreturned?: number;
  nMatched?: number;
  ndeleted?: number;
  command: Record<string, unknown>;
};

/** What the services use is named so by their connections. */
const ofServices = { appName: /^holdfast-/ };
const produced = { $add: ['nreturned', 'nMatched', 'ndeleted'].map((name) => ({ $ifNull: [`$${name}`, 0] })) };
const isWasteful = {
  $gt: [{ $ifNull: ['$docsExamined', 0] }, { $max: [1, { $multiply: [produced, examinedPerReturnedMax] }] }],
};
/** Where each kind of command has its filter. */
const filters = ['command.filter', 'command.q', 'command.query', 'command.pipeline.0.$match'];
const namesNoTenant = {
  $and: [
    { $or: filters.map((path) => ({ [path]: { $exists: true } })) },
    ...filters.map((path) => ({ [`${path}.tenantId`]: { $exists: false } })),
  ],
};
const kept = {
  ...ofServices,
  $or: [{ planSummary: /COLLSCAN/ }, { hasSortStage: true }, { $expr: isWasteful }, namesNoTenant],
};

const system = ['admin', 'config', 'local'];

async function eachDatabase(uri: string, visit: (db: mongo.Db) => Promise<void>): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  try {
    const { databases } = await connection.db!.admin().listDatabases();
    for (const { name } of databases) if (!system.includes(name)) await visit(connection.useDb(name).db!);
  } finally {
    await connection.close();
  }
}

/** Profiles every database that the server has by now. */
export function startProfiler(uri: string): Promise<void> {
  return eachDatabase(uri, async (db) => {
    await db.createCollection('system.profile', { capped: true, size: profileBytes });
    await db.command({ profile: 1, filter: kept });
  });
}

/** What the profiler has kept so far, by database; empty where it is not on. */
export async function profiled(uri: string): Promise<Map<string, Profiled[]>> {
  const found = new Map<string, Profiled[]>();
  await eachDatabase(uri, async (db) => {
    found.set(db.databaseName, await db.collection<Profiled>('system.profile').find().toArray());
  });
  return found;
}
