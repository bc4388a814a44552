// Heads and documents of the public log in MongoDB. Native calls: this is a measured hot path.
// Invariant: heads move by compare-and-set in the transaction that writes the documents, so that two writers never give one number twice.
import { Conflict, type Database, isDuplicateKey, type NativeIndexes, storeEvents } from '@holdfast/shared/persistence';
import type { mongo } from 'mongoose';
import { repeatsPerTenantMax, repeatsReadMax } from '../limits.ts';
import type { Append, Head } from './public-log.ts';

export const logCollection = 'log';
export const headsCollection = 'log_heads';

type HeadDocument = { _id: string; tenantId: string; sequence: number };
type LogDocument = {
  _id: string;
  tenantId: string;
  from: number;
  to: number;
  createdAt: Date;
  events: ReturnType<typeof storeEvents>;
};

/** `to` finds what comes after a sequence number. */
export const logIndexes: NativeIndexes[] = [
  { collection: logCollection, indexes: [{ key: { tenantId: 1, to: 1 } }] },
  { collection: headsCollection, indexes: [] },
];

export type PublicLogStore = ReturnType<typeof createPublicLogStore>;

/** The store over this database. */
export function createPublicLogStore({ db }: Pick<Database, 'db'>) {
  const heads = db.collection<HeadDocument>(headsCollection);
  const log = db.collection<LogDocument>(logCollection);
  return {
    /** The heads of these tenants; a tenant without events has none. */
    async readHeads(tenantIds: ReadonlySet<string>, session: mongo.ClientSession): Promise<Head[]> {
      if (tenantIds.size === 0) return [];
      const branches = [...tenantIds].map((tenantId) => ({ tenantId, _id: tenantId }));
      return heads.find({ $or: branches }, { session, projection: { _id: 0, tenantId: 1, sequence: 1 } }).toArray();
    },

    /** Ids of the last events of these logs, oldest first: the more logs, the fewer of each. */
    async readLastIds(heads: readonly Head[], session: mongo.ClientSession): Promise<Map<string, string[]>> {
      const ids = new Map<string, string[]>();
      const old = heads.filter(({ sequence }) => sequence > 0);
      const eachMax = Math.min(repeatsPerTenantMax, Math.ceil(repeatsReadMax / old.length));
      const branches = old.map(({ tenantId, sequence }) => ({ tenantId, to: { $gt: sequence - eachMax } }));
      if (branches.length === 0) return ids;
      const projection = { _id: 0, tenantId: 1, 'events.id': 1 };
      for await (const { tenantId, events } of log.find({ $or: branches }, { session, projection }).sort({ to: 1 })) {
        const own = ids.get(tenantId);
        if (own) own.push(...events.map(({ id }) => id));
        else
          ids.set(
            tenantId,
            events.map(({ id }) => id),
          );
      }
      return ids;
    },

    /** Moves the heads and adds the documents. Throws Conflict when a head was moved meanwhile. */
    async append({ chunks, moves }: Append, createdAt: Date, session: mongo.ClientSession): Promise<void> {
      if (chunks.length === 0) return;
      await moveHeads(moves, session);
      const documents = chunks.map(({ tenantId, from, to, events }) => ({
        _id: `${tenantId}:${from}`,
        tenantId,
        from,
        to,
        createdAt,
        events: storeEvents(events),
      }));
      await log.insertMany(documents, { session });
    },
  };

  async function moveHeads(moves: Append['moves'], session: mongo.ClientSession): Promise<void> {
    const operations = moves.map(({ tenantId, from, to }): mongo.AnyBulkWriteOperation<HeadDocument> => {
      if (from === 0) return { insertOne: { document: { _id: tenantId, tenantId, sequence: to } } };
      const filter = { _id: tenantId, tenantId, sequence: from };
      return { updateOne: { filter, update: { $set: { sequence: to } } } };
    });
    const moved = await heads.bulkWrite(operations, { session }).catch((error: unknown) => {
      throw isDuplicateKey(error) ? new Conflict('a tenant got its first events meanwhile') : error;
    });
    if (moved.matchedCount + moved.insertedCount !== moves.length) throw new Conflict('a head moved meanwhile');
  }
}
