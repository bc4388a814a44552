// Sessions in MongoDB. Only the purge removes them, when no token of theirs can be valid any more.
import type { DomainEvent } from '@holdfast/shared/contracts';
import {
  asSystem,
  type Database,
  defineCollection,
  field,
  openCollection,
  type PageRange,
  purgeBefore,
  type Session as StoreSession,
} from '@holdfast/shared/persistence';
import mongoose from 'mongoose';
import type { RevokedSession } from '../revocations/revocation.ts';
import { revokeReasons, type Session } from './session.ts';

const byRevocation = { revokedAt: 1 } as const;
const byExpiry = { expiresAt: 1, _id: 1 } as const;

export const sessions = defineCollection<Session>({
  name: 'sessions',
  holds: 'A login on one device, until it ends or is revoked.',
  isEvented: true,
  fields: {
    userId: field.text,
    status: field.oneOf(['active', 'revoked']),
    userAgent: field.text,
    address: field.text,
    createdAt: field.date,
    lastUsedAt: field.date,
    expiresAt: field.date,
    userVersion: field.optional(field.number),
    tenantVersion: field.optional(field.number),
    revokedAt: field.optional(field.date),
    reason: field.optional(field.oneOf(revokeReasons)),
    version: field.number,
  },
  defaults: ({ createdAt }) => ({ userAgent: '', address: '', lastUsedAt: createdAt as Date }),
  lists: [{ by: ['userId', 'status'], order: 'newest' }],
  indexes: [
    { key: byRevocation, sparse: true, serves: 'the revocations of the last minutes, over all tenants' },
    { key: byExpiry, serves: 'the job that purges what has ended, over all tenants' },
  ],
});

export type SessionStore = ReturnType<typeof openSessions>;

/** The sessions of the running tenant. */
export function openSessions(database: Database) {
  const collection = openCollection(database, sessions);
  return {
    model: collection.model,
    add: (after: Session, session: StoreSession) => collection.insert([{ after }], session),
    read: (tenantId: string, id: string, session?: StoreSession) => collection.read({ tenantId, id }, { session }),
    /** Open sessions of a user, newest first; some of them may have ended with a change of their user. */
    list: (tenantId: string, userId: string, page: PageRange) =>
      collection.list({ tenantId, userId, status: 'active' }, page),
    /** Stores that a session was used; throws Conflict when it changed meanwhile. */
    use: (before: Session, used: Pick<Session, 'address' | 'lastUsedAt'>, session: StoreSession) =>
      collection.saveAll([{ before, after: { ...before, ...used, version: before.version + 1 } }], session),
    /** Stores the end of a session with its events; throws Conflict when it changed meanwhile. */
    end: (change: { before: Session; after: Session; events: DomainEvent[] }, session?: StoreSession) =>
      collection.saveAll([change], session),
    /** Forgets the devices of at most `limit` sessions of a user; returns of how many. */
    async blankDevices(tenantId: string, userId: string, limit: number): Promise<number> {
      const isKnown = { tenantId, userId, $or: [{ userAgent: { $ne: '' } }, { address: { $ne: '' } }] };
      const found = await collection.native.find(isKnown, { projection: { _id: 1 }, limit }).toArray();
      const update = { $set: { userAgent: '', address: '', events: [] } };
      const operations = found.map(({ _id }) => ({
        updateOne: { filter: { tenantId, _id }, update, hint: { _id: 1 } },
      }));
      if (operations.length > 0) await collection.native.bulkWrite(operations, { ordered: false });
      return operations.length;
    },
    /** Removes at most `limit` sessions of all tenants that expired before this time; returns how many. */
    async purgeExpired(before: Date, limit: number): Promise<number> {
      return (await purgeBefore(collection, { field: 'expiresAt', before, limit, index: byExpiry })).length;
    },
    /** Sessions of all tenants that ended at or after this time, oldest first, at most `limit`. */
    async endedSince(since: Date, limit: number): Promise<RevokedSession[]> {
      const where = { revokedAt: mongoose.trusted({ $gte: since }) };
      const query = { sort: byRevocation, index: byRevocation, limit };
      const ended = await asSystem('revocations', () => collection.find(where, query));
      return ended.map(({ id: sessionId, tenantId, userId, revokedAt }) => {
        return { sessionId, tenantId, userId, revokedAt: revokedAt! };
      });
    },
  };
}
