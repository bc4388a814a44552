// Refresh tokens in MongoDB, by hash.
// Invariant: one is used at most once: `use` is a single conditional update. Used ones stay until they would have
// expired, so that using one again is noticed for as long as it could matter.

import type { Stored } from '@holdfast/shared/persistence';
import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';

export type StoredRefreshToken = {
  hash: string;
  tenantId: string;
  sessionId: string;
  createdAt: Date;
  expiresAt: Date;
  usedAt?: Date;
};
/** The session of a MongoDB transaction, for those who only pass it on. */
export type StoreSession = Session;
/** The hash is the id. */
type Token = Omit<StoredRefreshToken, 'hash'> & { id: string };

export const refreshTokens = defineCollection<Token>({
  name: 'refresh_tokens',
  holds: 'The hash of a refresh token, by which its reuse is noticed.',
  fields: {
    sessionId: field.text,
    createdAt: field.date,
    expiresAt: field.date,
    usedAt: field.optional(field.date),
  },
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0, serves: 'the deletion of what has expired' }],
});

export type RefreshTokenStore = ReturnType<typeof openRefreshTokens>;

/** The refresh tokens of the running tenant. */
export function openRefreshTokens(database: Database) {
  const collection = openCollection(database, refreshTokens);
  return {
    model: collection.model,
    add: ({ hash: id, ...fields }: StoredRefreshToken, session: Session) =>
      collection.insert([{ after: { id, ...fields } }], session),
    /** Takes an unused, unexpired token out of use; undefined if there is none. */
    async use(tenantId: string, hash: string, now: Date, session: Session): Promise<StoredRefreshToken | undefined> {
      const unused = { tenantId, _id: hash, usedAt: null, expiresAt: { $gt: now } };
      const options = { session, returnDocument: 'before' } as const;
      return toToken(await collection.native.findOneAndUpdate(unused, { $set: { usedAt: now } }, options));
    },
    async find(tenantId: string, hash: string): Promise<StoredRefreshToken | undefined> {
      const found = await collection.read({ tenantId, id: hash });
      if (!found) return undefined;
      const { id, ...fields } = found;
      return { hash: id, ...fields };
    },
  };
}

function toToken(stored: Stored | null): StoredRefreshToken | undefined {
  if (!stored) return undefined;
  const { id, ...fields } = refreshTokens.fromStored(stored);
  return { hash: id, ...fields };
}
