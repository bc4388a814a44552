// Heads and documents of the public log in MongoDB. Native calls: this is a measured hot path.
// Invariant: heads move by compare-and-set in the transaction that writes the documents,
// so that two writers never give one number twice.
import {
  Conflict,
  type Database,
  defineCollection,
  field,
  isDuplicateKey,
  openCollection,
  type Stored,
} from '@holdfast/shared/persistence';
import type { mongo } from 'mongoose';
import { repeatsPerTenantMax, repeatsReadMax } from '../limits.ts';
import type { Append, Head } from './public-log.ts';

type LogChunk = { id: string; tenantId: string; from: number; to: number; createdAt: Date };

export const log = defineCollection<LogChunk>({
  name: 'log',
  holds: "A chunk of a tenant's public event log: consecutive events.",
  isEvented: true,
  fields: { from: field.number, to: field.number, createdAt: field.date },
  // Finds what comes after a sequence number.
  indexes: [{ key: { tenantId: 1, to: 1 }, serves: 'reading on after a sequence number' }],
});

/** The tenant's id is the document's. */
type LogHead = { id: string; tenantId: string; sequence: number };

export const logHeads = defineCollection<LogHead>({
  name: 'log_heads',
  holds: "The last sequence number of a tenant's public log.",
  fields: { sequence: field.number },
});

export type PublicLogStore = ReturnType<typeof createPublicLogStore>;

/** The store over this database. */
export function createPublicLogStore(database: Database) {
  const heads = openCollection(database, logHeads);
  const chunks = openCollection(database, log);
  return {
    /** The heads of these tenants; a tenant without events has none. */
    async readHeads(tenantIds: ReadonlySet<string>, session: mongo.ClientSession): Promise<Head[]> {
      const keys = [...tenantIds].map((tenantId) => ({ tenantId, id: tenantId }));
      const found = await heads.readMany(keys, session);
      return [...found.values()].map(({ tenantId, sequence }) => ({ tenantId, sequence }));
    },

    /** Ids of the last events of these logs, oldest first: the more logs, the fewer of each. */
    async readLastIds(known: readonly Head[], session: mongo.ClientSession): Promise<Map<string, string[]>> {
      const ids = new Map<string, string[]>();
      const old = known.filter(({ sequence }) => sequence > 0);
      const eachMax = Math.min(repeatsPerTenantMax, Math.ceil(repeatsReadMax / old.length));
      const branches = old.map(({ tenantId, sequence }) => ({ tenantId, to: { $gt: sequence - eachMax } }));
      if (branches.length === 0) return ids;
      const projection = { _id: 0, tenantId: 1, 'events.id': 1 };
      const found = chunks.native.find({ $or: branches }, { session, projection }).sort({ to: 1 });
      for await (const { tenantId, events = [] } of found) {
        const own = ids.get(tenantId) ?? [];
        ids.set(tenantId, own);
        own.push(...events.map(({ id }) => id));
      }
      return ids;
    },

    /** Moves the heads and adds the documents. Throws Conflict when a head was moved meanwhile. */
    async append({ chunks: added, moves }: Append, createdAt: Date, session: mongo.ClientSession): Promise<void> {
      if (added.length === 0) return;
      await moveHeads(moves, session);
      const created = added.map(({ tenantId, from, to, events }) => {
        return { after: { id: `${tenantId}:${from}`, tenantId, from, to, createdAt }, events };
      });
      await chunks.insert(created, session);
    },
  };

  async function moveHeads(moves: Append['moves'], session: mongo.ClientSession): Promise<void> {
    const operations = moves.map(({ tenantId, from, to }): mongo.AnyBulkWriteOperation<Stored> => {
      if (from === 0) return { insertOne: { document: { _id: tenantId, tenantId, sequence: to } } };
      const filter = { _id: tenantId, tenantId, sequence: from };
      return { updateOne: { filter, update: { $set: { sequence: to } } } };
    });
    const moved = await heads.native.bulkWrite(operations, { session }).catch((error: unknown) => {
      throw isDuplicateKey(error) ? new Conflict('a tenant got its first events meanwhile') : error;
    });
    if (moved.matchedCount + moved.insertedCount !== moves.length) throw new Conflict('a head moved meanwhile');
  }
}
