/** Sessions in MongoDB. Only the purge removes them, when no token of theirs can be valid any more. */
import type { DomainEvent } from '@holdfast/shared/contracts';
import { asSystem, type Database, storeEvents, tenantSchema } from '@holdfast/shared/persistence';
import mongoose, { type mongo } from 'mongoose';
import type { RevokedSession } from '../revocations/revocation.ts';
import type { Session } from './session.ts';

type Row = Omit<Session, 'id'> & { _id: string; events: unknown[] };

export type SessionStore = ReturnType<typeof sessionStore>;

/** The sessions of the running tenant. */
export function sessionStore(database: Database) {
  const model = database.connection.model<Row>('Session', sessionRow(), 'sessions');
  return {
    model,
    async add(opened: Session, session: mongo.ClientSession): Promise<void> {
      const { id, ...fields } = opened;
      await model.create([{ _id: id, ...fields, events: [] }], { session });
    },
    async read(tenantId: string, id: string, session?: mongo.ClientSession): Promise<Session | undefined> {
      const row = await model.findOne({ tenantId, _id: id }, { events: 0 }, { session }).lean<Row>().exec();
      if (!row) return undefined;
      const { _id, events: _, ...fields } = row;
      return { id: _id, ...fields };
    },
    /** Stores the end of a session with its events; false if somebody else ended it first. */
    async end(ended: Session, events: DomainEvent[]): Promise<boolean> {
      const { id, tenantId, status, revokedAt, reason, version } = ended;
      const result = await model
        .updateOne(
          { tenantId, _id: id, status: 'active', version: version - 1 },
          { $set: { status, revokedAt, reason, version, events: storeEvents(events) } },
        )
        .exec();
      return result.modifiedCount === 1;
    },
    /** Removes at most `limit` sessions of all tenants that expired before this time; returns how many. */
    async purgeExpired(before: Date, limit: number): Promise<number> {
      return asSystem('purge sessions', async () => {
        const due = await model
          .find({ expiresAt: mongoose.trusted({ $lt: before }) }, { _id: 1 })
          .sort({ expiresAt: 1, _id: 1 })
          .limit(limit)
          .lean<{ _id: string }[]>()
          .exec();
        if (due.length === 0) return 0;
        const ids = due.map((row) => row._id);
        return (await model.deleteMany({ _id: mongoose.trusted({ $in: ids }) }).exec()).deletedCount;
      });
    },
    /** Sessions of all tenants that ended at or after this time, oldest first, at most `limit`. */
    async endedSince(since: Date, limit: number): Promise<RevokedSession[]> {
      const rows = await asSystem('revocations', () =>
        model
          .find({ revokedAt: mongoose.trusted({ $gte: since }) }, { tenantId: 1, userId: 1, revokedAt: 1 })
          .sort({ revokedAt: 1 })
          .limit(limit)
          .lean<Row[]>()
          .exec(),
      );
      return rows.map((row) => ({
        sessionId: row._id,
        tenantId: row.tenantId,
        userId: row.userId,
        revokedAt: row.revokedAt!,
      }));
    },
  };
}

function sessionRow(): mongoose.Schema<Row> {
  const schema = tenantSchema<Row>({
    userId: { type: String, required: true },
    status: { type: String, required: true },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    revokedAt: { type: Date },
    reason: { type: String },
    version: { type: Number, required: true },
    events: { type: [mongoose.Schema.Types.Mixed], required: true },
  });
  schema.index({ revokedAt: 1 }, { sparse: true });
  schema.index({ expiresAt: 1, _id: 1 });
  return schema;
}
