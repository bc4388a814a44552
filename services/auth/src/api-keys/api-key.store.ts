// API keys in MongoDB, found by their hash.
import { asSystem, type Database, defineCollection, field, openCollection } from '@holdfast/shared/persistence';
import mongoose from 'mongoose';
import type { RevokedSession } from '../revocations/revocation.ts';
import type { ApiKey } from './api-key.ts';

const byHash = { tenantId: 1, hash: 1 } as const;
const byRevocation = { revokedAt: 1 } as const;

export const apiKeys = defineCollection<ApiKey>({
  name: 'api_keys',
  holds: 'An API key: its hash, its permissions, when it was last used.',
  isEvented: true,
  fields: {
    name: field.text,
    permissions: field.list(),
    hash: field.text,
    status: field.oneOf(['active', 'revoked']),
    createdBy: field.text,
    createdAt: field.date,
    expiresAt: field.nullable(field.date),
    lastUsedAt: field.nullable(field.date),
    revokedAt: field.optional(field.date),
    version: field.number,
    creation: field.nullable(field.object()),
  },
  lists: [{ by: ['status'], order: 'newest' }],
  indexes: [
    { key: byHash, unique: true, serves: 'the exchange of a key for a token' },
    { key: byRevocation, sparse: true, serves: 'the revocations of the last minutes, over all tenants' },
  ],
});

export type ApiKeyStore = ReturnType<typeof openApiKeys>;

/** The API keys of the running tenant. */
export function openApiKeys(database: Database) {
  const collection = openCollection(database, apiKeys);
  return {
    ...collection,
    findByHash: (tenantId: string, hash: string) => collection.findOne({ tenantId, hash }, byHash),
    /** Notes a use; no change of the key, so that nothing has to be decided again. */
    async noteUse({ tenantId, id: _id }: ApiKey, lastUsedAt: Date): Promise<void> {
      await collection.native.updateOne({ tenantId, _id }, { $set: { lastUsedAt, events: [] } }, { hint: { _id: 1 } });
    },
    /**
     * Keys of all tenants that were revoked at or after this time, oldest first, at most `limit`, as ended sessions.
     */
    async revokedSince(since: Date, limit: number): Promise<RevokedSession[]> {
      const where = { revokedAt: mongoose.trusted({ $gte: since }) };
      const query = { sort: byRevocation, index: byRevocation, limit };
      const found = await asSystem('revocations', () => collection.find(where, query));
      return found.map(({ id, tenantId, revokedAt }) => {
        return { sessionId: id, tenantId, userId: id, revokedAt: revokedAt! };
      });
    },
  };
}
