// Users in MongoDB. The password hash is read only by those who ask for it.
import type { DomainEvent } from '@holdfast/shared/contracts';
import {
  asSystem,
  type Database,
  defineCollection,
  field,
  openCollection,
  type PageRange,
  type Session,
} from '@holdfast/shared/persistence';
import { keyText, normaliseEmail } from '@holdfast/shared/values';
import mongoose from 'mongoose';
import { searchKeysMax } from '../limits.ts';
import {
  searchKeyOf,
  sessionThatGoesOn,
  type User,
  type UserChange,
  type UserSecrets,
  userSnapshotEvent,
  userStatuses,
} from './user.ts';

export type StoredUser = User & UserSecrets;
export type UserFilter = { role?: User['role'] | undefined; status?: User['status'] | undefined };
const secrets = ['passwordHash', 'creation'] as const satisfies readonly (keyof UserSecrets)[];
/** A deleted user is in no list. */
const listed = userStatuses.filter((status) => status !== 'deleted');
const byEmail = { tenantId: 1, email: 1 } as const;
// Who is searched for is found in the index, with all that narrows the search: nobody is read in vain.
const emailSearch = { tenantId: 1, email: 1, status: 1, role: 1 } as const;
const nameSearch = { tenantId: 1, nameKey: 1, _id: 1, email: 1, status: 1, role: 1 } as const;
const byRole = { tenantId: 1, role: 1, status: 1, sortKey: -1 } as const;
const byAccessChange = { accessChangedAt: 1 } as const;
const byErasure = { erasureDueAt: 1 } as const;

export const users = defineCollection<StoredUser>({
  name: 'users',
  holds: 'A user of one tenant, with the hash of the password.',
  isEvented: true,
  fields: {
    email: field.text,
    name: field.text,
    nameKey: field.text,
    role: field.text,
    status: field.oneOf(userStatuses),
    emailVerified: field.flag,
    accessVersion: field.number,
    accessChangedAt: field.optional(field.date),
    sessionsFrom: field.optional(field.date),
    sessionsVersion: field.optional(field.number),
    keptSessionId: field.optional(field.text),
    erasedAt: field.optional(field.date),
    erasureDueAt: field.optional(field.date),
    passwordHash: field.optional(field.text),
    creation: field.optional(field.object()),
    version: field.number,
    createdAt: field.date,
    updatedAt: field.date,
  },
  unlisted: [...secrets],
  lists: [
    { by: ['role'], every: { status: listed }, order: 'newest' },
    { every: { status: listed }, order: 'newest' },
  ],
  indexes: [
    { key: byEmail, unique: true, serves: 'login; an address is one account' },
    { key: emailSearch, serves: 'search by the beginning of an address' },
    { key: nameSearch, serves: 'search by the beginning of a name' },
    { key: byAccessChange, sparse: true, serves: 'the revocations of the last minutes, over all tenants' },
    { key: byErasure, sparse: true, serves: 'the second pass of an erasure, over all tenants' },
  ],
  defaults: ({ name, createdAt }) => ({
    nameKey: searchKeyOf(String(name)),
    emailVerified: false,
    accessVersion: 1,
    updatedAt: createdAt as Date,
  }),
  toSnapshot: (user, { stamp }) => ({ event: userSnapshotEvent(user, stamp) }),
});

export type UserStore = ReturnType<typeof openUsers>;
/** A user whose access tokens of before are dead. */
export type AccessChange = {
  userId: string;
  tenantId: string;
  accessVersion: number;
  exceptSessionId?: string | undefined;
  changedAt: Date;
};

/** The users of the running tenant. */
export function openUsers(database: Database) {
  const collection = openCollection(database, users);

  /** Up to `limit` whose address begins with the text, by address, after this one. */
  function findByEmailPrefix(where: Where, prefix: string, { after, limit }: Search): Promise<User[]> {
    const from = after === undefined ? { $gte: prefix } : { $gt: after.key };
    const email = mongoose.trusted({ ...from, $lt: endOf(prefix) });
    return collection.find({ ...where, email }, { sort: { email: 1 }, index: emailSearch, limit, omit: secrets });
  }

  /**
   * Up to `limit` whose name, but not address, begins with the text, by name and id, after this one. Who they are is
   * found in the index alone, so that nobody is read in vain.
   */
  async function findByNamePrefix(where: Where, prefix: string, { after, limit }: Search): Promise<User[]> {
    const { tenantId } = where as { tenantId: string };
    const ids: string[] = [];
    let place = after;
    for (;;) {
      const keys = await nameKeys(where, prefix, place);
      const isMatch = ({ email }: NameKey) => !email.startsWith(prefix);
      ids.push(...keys.filter(isMatch).map(({ _id }) => _id));
      if (ids.length >= limit || keys.length < searchKeysMax) break;
      const last = keys.at(-1)!;
      place = { key: last.nameKey, id: last._id };
    }
    const wanted = ids.slice(0, limit);
    const found = await collection.readMany(wanted.map((id) => ({ tenantId, id })));
    return wanted.flatMap((id) => found.get(keyText(tenantId, id)) ?? []);
  }

  /** Up to `searchKeysMax` entries of the index whose name begins with the text, by name and id, after this one. */
  async function nameKeys(where: Where, prefix: string, after: Search['after']): Promise<NameKey[]> {
    const sort = { nameKey: 1, _id: 1 } as const;
    const options = { projection: { nameKey: 1, email: 1 }, hint: nameSearch, sort };
    const read = async (range: Where, limit: number) =>
      (await collection.native.find({ ...where, ...range }, { ...options, limit }).toArray()) as unknown as NameKey[];
    const beyond = after ? { $gt: after.key, $lt: endOf(prefix) } : { $gte: prefix, $lt: endOf(prefix) };
    const namesakes = after ? await read({ nameKey: after.key, _id: { $gt: after.id } }, searchKeysMax) : [];
    const left = searchKeysMax - namesakes.length;
    return left === 0 ? namesakes : [...namesakes, ...(await read({ nameKey: beyond }, left))];
  }

  return {
    model: collection.model,
    /** Adds a user with its events. Fails as a duplicate key if the tenant has this address or this id. */
    add: (user: User, own: UserSecrets, events: DomainEvent[], session?: Session) =>
      collection.insert([{ after: { ...user, ...own }, events }], session),
    read: (tenantId: string, id: string, session?: Session): Promise<User | undefined> =>
      collection.read({ tenantId, id }, { session, omit: secrets }),
    /** By id; those that are not there are left out. */
    readMany: async (tenantId: string, ids: readonly string[]): Promise<User[]> => [
      ...(await collection.readMany(ids.map((id) => ({ tenantId, id })))).values(),
    ],
    /** The user with this address, however it is spelled, and what is needed to check a password. */
    findByEmail: (tenantId: string, email: string) =>
      collection.findOne({ tenantId, email: normaliseEmail(email) }, byEmail),
    /** As read, with what is needed to compare a password or a repeated request. */
    readWithSecrets: (tenantId: string, id: string, session?: Session) =>
      collection.read({ tenantId, id }, { session }),
    list: (tenantId: string, where: UserFilter, page: PageRange): Promise<User[]> =>
      collection.list({ tenantId, ...where }, page),
    findByEmailPrefix: (filter: UserFilter & TenantId, prefix: string, page: Search) =>
      findByEmailPrefix(whereOf(filter), prefix, page),
    findByNamePrefix: (filter: UserFilter & TenantId, prefix: string, page: Search) =>
      findByNamePrefix(whereOf(filter), prefix, page),
    /** Stores a decided change; throws Conflict when the user has another version by now. */
    save: (change: UserChange | UserChange<StoredUser>, session?: Session) =>
      collection.saveAll([change as UserChange<StoredUser>], session),
    /** Puts the same password at another cost in place of the hash that was read; no change of the user. */
    async renewHash({ tenantId, id: _id, passwordHash }: StoredUser, renewed: string): Promise<void> {
      const update = { $set: { passwordHash: renewed, events: [] } };
      await collection.native.updateOne({ tenantId, _id, passwordHash }, update, { hint: { _id: 1 } });
    },
    /** How many other active users have the role. */
    async hasOther(tenantId: string, { role, id }: Pick<User, 'role' | 'id'>, session: Session): Promise<boolean> {
      const where = { tenantId, role, status: 'active' };
      const found = await collection.find(where, {
        sort: { sortKey: -1 },
        index: byRole,
        limit: 2,
        omit: secrets,
        session,
      });
      return found.some((other) => other.id !== id);
    },
    /** Ids of those who have the role, deleted ones left out; at most `limit`. */
    async namesOfRole(tenantId: string, role: string, limit: number, session: Session): Promise<string[]> {
      const where = { tenantId, role, status: mongoose.trusted({ $in: listed }) };
      const query = { sort: { sortKey: -1 } as const, index: byRole, limit, omit: secrets, session };
      return (await collection.find(where, query)).map(({ id }) => id);
    },
    /** Erased users of all tenants whose traces are to be looked for by now; at most `limit`. */
    async erasureDue(now: Date, limit: number): Promise<User[]> {
      const where = { erasureDueAt: mongoose.trusted({ $lte: now }) };
      const query = { sort: byErasure, index: byErasure, limit, omit: secrets };
      return asSystem('erase traces', () => collection.find(where, query));
    },
    /** Notes when its traces are searched for next, if ever; no change of the user. */
    async noteErasure({ tenantId, id: _id }: User, dueAt: Date | undefined): Promise<void> {
      const update = dueAt
        ? { $set: { erasureDueAt: dueAt, events: [] } }
        : { $set: { events: [] }, $unset: { erasureDueAt: '' as const } };
      await collection.native.updateOne({ tenantId, _id }, update, { hint: { _id: 1 } });
    },
    /** Users of all tenants whose access changed at or after this time, oldest first, at most `limit`. */
    async accessChangedSince(since: Date, limit: number): Promise<AccessChange[]> {
      const where = { accessChangedAt: mongoose.trusted({ $gte: since }) };
      const query = { sort: byAccessChange, index: byAccessChange, limit, omit: secrets };
      const found = await asSystem('revocations', () => collection.find(where, query));
      return found.map(accessChangeOf);
    },
  };
}

type TenantId = { tenantId: string };
type Where = Record<string, unknown>;
type NameKey = { _id: string; nameKey: string; email: string };
type Search = { after?: { key: string; id: string } | undefined; limit: number };

/** After everything that begins with the prefix. */
const endOf = (prefix: string) => `${prefix}\u{10ffff}`;

function whereOf({ tenantId, role, status }: UserFilter & TenantId): Where {
  const narrowed = status ?? mongoose.trusted({ $in: listed });
  return { tenantId, status: narrowed, ...(role === undefined ? {} : { role }) };
}

/** What verifiers have to know of a change of access. */
export function accessChangeOf(user: User): AccessChange {
  const { id: userId, tenantId, accessVersion, accessChangedAt } = user;
  return { userId, tenantId, accessVersion, changedAt: accessChangedAt!, exceptSessionId: sessionThatGoesOn(user) };
}
