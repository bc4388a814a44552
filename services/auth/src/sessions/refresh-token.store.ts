/**
 * Refresh tokens in MongoDB, by hash.
 * Invariant: one is used at most once: `use` is a single conditional update. Used ones stay until they would have
 * expired, so that using one again is noticed for as long as it could matter.
 */
import { type Database, tenantSchema } from '@holdfast/shared/persistence';
import mongoose, { type mongo } from 'mongoose';

export type StoredRefreshToken = {
  hash: string;
  tenantId: string;
  sessionId: string;
  createdAt: Date;
  expiresAt: Date;
  usedAt?: Date;
};
/** The session of a MongoDB transaction, for those who only pass it on. */
export type StoreSession = mongo.ClientSession;
type Row = Omit<StoredRefreshToken, 'hash'> & { _id: string };

export type RefreshTokenStore = ReturnType<typeof refreshTokenStore>;

/** The refresh tokens of the running tenant. */
export function refreshTokenStore(database: Database) {
  const model = database.connection.model<Row>('RefreshToken', refreshTokenRow(), 'refresh_tokens');
  return {
    model,
    async add(token: StoredRefreshToken, session: mongo.ClientSession): Promise<void> {
      const { hash, ...fields } = token;
      await model.create([{ _id: hash, ...fields }], { session });
    },
    /** Takes an unused, unexpired token out of use; undefined if there is none. */
    async use(
      tenantId: string,
      hash: string,
      now: Date,
      session: mongo.ClientSession,
    ): Promise<StoredRefreshToken | undefined> {
      const unused = { tenantId, _id: hash, usedAt: null, expiresAt: mongoose.trusted({ $gt: now }) };
      const row = await model
        .findOneAndUpdate(unused, { $set: { usedAt: now } }, { session })
        .lean<Row>()
        .exec();
      return toToken(row);
    },
    async find(tenantId: string, hash: string): Promise<StoredRefreshToken | undefined> {
      return toToken(await model.findOne({ tenantId, _id: hash }).lean<Row>().exec());
    },
  };
}

function toToken(row: Row | null): StoredRefreshToken | undefined {
  if (!row) return undefined;
  const { _id, ...fields } = row;
  return { hash: _id, ...fields };
}

function refreshTokenRow(): mongoose.Schema<Row> {
  const schema = tenantSchema<Row>({
    sessionId: { type: String, required: true },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    usedAt: { type: Date },
  });
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  return schema;
}
