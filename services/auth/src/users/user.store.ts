// Users in MongoDB. The password hash is read only by those who ask for it.
import { type DomainEvent, makeEvent, roles, userSnapshot } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';
import { normaliseEmail } from '@holdfast/shared/values';
import type { User, UserSecrets } from './user.ts';

type StoredUser = User & UserSecrets;
const secrets = ['passwordHash', 'creation'] as const satisfies readonly (keyof UserSecrets)[];
const byEmail = { tenantId: 1, email: 1 } as const;

export const users = defineCollection<StoredUser>({
  name: 'users',
  isEvented: true,
  fields: {
    email: field.text,
    name: field.text,
    role: field.oneOf(roles),
    status: field.oneOf(['active', 'disabled']),
    passwordHash: field.text,
    creation: field.optional(field.object()),
    version: field.number,
    createdAt: field.date,
  },
  indexes: [{ key: byEmail, unique: true }],
  toSnapshot: (user, { stamp }) => ({
    event: makeEvent(userSnapshot, user, stamp, { userId: user.id, role: user.role }),
  }),
});

export type UserStore = ReturnType<typeof openUsers>;

/** The users of the running tenant. */
export function openUsers(database: Database) {
  const collection = openCollection(database, users);
  return {
    model: collection.model,
    /** Adds a user with its events. Fails as a duplicate key if the tenant has this address or this id. */
    add: (user: User, own: UserSecrets, events: DomainEvent[], session?: Session) =>
      collection.insert([{ after: { ...user, ...own }, events }], session),
    read: (tenantId: string, id: string, session?: Session): Promise<User | undefined> =>
      collection.read({ tenantId, id }, { session, omit: secrets }),
    /** The user with this address, however it is spelled, and what is needed to check a password. */
    findByEmail: (tenantId: string, email: string) =>
      collection.findOne({ tenantId, email: normaliseEmail(email) }, byEmail),
    /** As read, with what is needed to tell whether a request is a repetition. */
    readWithSecrets: (tenantId: string, id: string) => collection.read({ tenantId, id }),
  };
}
