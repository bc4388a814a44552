// A user of a tenant: staff or customer. Pure: state in, state and events out.
// Invariants: an e-mail address is stored normalised and is unique within its tenant; the same address in two tenants
// is two users who know nothing of each other; whatever changes the rights of a user, or ends its sessions, raises
// `accessVersion`, which makes the access tokens of before invalid everywhere.
import {
  type DomainEvent,
  makeEvent,
  userCreated,
  userDeleted,
  userErased,
  userSnapshot,
  userUpdated,
} from '@holdfast/shared/contracts';
import { normaliseEmail, type Stamp } from '@holdfast/shared/values';

export const userStatuses = ['active', 'invited', 'disabled', 'deleted'] as const;
export type UserStatus = (typeof userStatuses)[number];
export type User = {
  id: string;
  tenantId: string;
  email: string;
  name: string;
  /** By which names are searched. */
  nameKey: string;
  /** A built-in role or one of the tenant's own. */
  role: string;
  /** `invited`: it has no password yet, so nobody can be it. */
  status: UserStatus;
  /** Somebody has used a token that was mailed to the address. */
  emailVerified: boolean;
  /** The version at which its rights changed or its sessions ended last. */
  accessVersion: number;
  /** When that was; only from then on others have to be told. */
  accessChangedAt?: Date | undefined;
  /** Sessions that began before have ended, but for `keptSessionId`. */
  sessionsFrom?: Date | undefined;
  /** The version at which that was: sign-ins that were decided on an older one are over too. */
  sessionsVersion?: number | undefined;
  keptSessionId?: string | undefined;
  /** Since when nothing here tells who it was. */
  erasedAt?: Date | undefined;
  /** When traces of an erased user are searched for next; absent once there can be none. */
  erasureDueAt?: Date | undefined;
  version: number;
  createdAt: Date;
  updatedAt: Date;
};
/** Never leaves the stores and the use cases that compare passwords. */
export type UserSecrets = {
  /** Absent until an invited user has chosen one. */
  passwordHash?: string | undefined;
  /** What a repeated request is compared with; nobody has it who registered. */
  creation?: { requestHash: string; passwordHash?: string | undefined } | undefined;
};

export type NewUser = Pick<User, 'id' | 'tenantId' | 'email' | 'name' | 'role'> & { status?: 'active' | 'invited' };
export type UserPatch = Partial<Pick<User, 'name' | 'email' | 'role'> & { status: 'active' | 'disabled' }>;
export type UserChange<U extends User = User> = { before: U; after: U; events: DomainEvent[] };

/** A user from this time on, active unless it is invited. */
export function newUser({ id, tenantId, email, name, role, status = 'active' }: NewUser, createdAt: Date): User {
  return {
    id,
    tenantId,
    email: normaliseEmail(email),
    name,
    nameKey: searchKeyOf(name),
    role,
    status,
    emailVerified: false,
    accessVersion: 1,
    version: 1,
    createdAt,
    updatedAt: createdAt,
  };
}

/** The form in which names are searched by their beginning. */
export function searchKeyOf(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}

/** The event of a new user for the other services, without name or address. */
export function userCreatedEvent(user: User, stamp: Stamp): DomainEvent {
  const { id: userId, role, status } = user;
  return makeEvent(userCreated, user, stamp, { userId, role, ...(status === 'active' ? {} : { status }) });
}

/** The event with the full state of a user, for resync. */
export function userSnapshotEvent(user: User, stamp: Stamp): DomainEvent {
  return makeEvent(userSnapshot, user, stamp, publicState(user));
}

/** What others may know of a user: neither name nor address. */
function publicState(user: User) {
  const { id: userId, role, status, accessVersion, erasedAt } = user;
  const except = sessionThatGoesOn(user);
  return {
    userId,
    role,
    status,
    accessVersion,
    ...(except === undefined ? {} : { exceptSessionId: except }),
    ...(erasedAt === undefined ? {} : { erasedAt: erasedAt.toISOString() }),
  };
}

/**
 * Merges a patch; undefined when it changes nothing. Another role or status is in force for tokens of before, too;
 * disabling ends the sessions, so that nobody's come back with the account.
 * Without a password nobody becomes active, but invited.
 */
export function patchUser<U extends User & UserSecrets>(
  user: U,
  patch: UserPatch,
  stamp: Stamp,
): UserChange<U> | undefined {
  const { name = user.name, role = user.role } = patch;
  const status = patch.status === 'active' ? usableStatus(user) : (patch.status ?? user.status);
  const email = patch.email === undefined ? user.email : normaliseEmail(patch.email);
  const isSame = name === user.name && email === user.email && role === user.role && status === user.status;
  if (isSame) return undefined;
  const emailVerified = user.emailVerified && email === user.email;
  const next = { ...user, name, nameKey: searchKeyOf(name), email, emailVerified, role, status };
  if (status === 'disabled' && user.status !== 'disabled') return changed(user, withSessionsEnded(next, stamp), stamp);
  const endsAccess = role !== user.role || status !== user.status;
  return changed(user, endsAccess ? withNewAccess(next, stamp) : next, stamp);
}

const usableStatus = ({ passwordHash }: UserSecrets) => (passwordHash === undefined ? 'invited' : 'active');

/** A new password: every session of before ends, but for the one that may go on. Who was invited is active with it. */
export function changePassword<U extends User & UserSecrets>(
  user: U,
  passwordHash: string,
  { keptSessionId, stamp }: { keptSessionId?: string | undefined; stamp: Stamp },
): UserChange<U> {
  const status = user.status === 'invited' ? ('active' as const) : user.status;
  const { after, events } = endSessions({ ...user, status, passwordHash }, { keptSessionId, stamp });
  return { before: user, after, events };
}

/** Somebody has shown a token that was mailed to the address; undefined when it is known already. */
export function verifyEmail<U extends User>(user: U, stamp: Stamp): UserChange<U> | undefined {
  return user.emailVerified ? undefined : changed(user, { ...user, emailVerified: true }, stamp);
}

/** Ends every session that began before now, but for the one that may go on. */
export function endSessions<U extends User>(
  user: U,
  { keptSessionId, stamp }: { keptSessionId?: string | undefined; stamp: Stamp },
): UserChange<U> {
  return changed(user, withSessionsEnded(user, stamp, keptSessionId), stamp);
}

/** Gone, with its address free for others; undefined when it is already. */
export function deleteUser<U extends User>(user: U, stamp: Stamp): UserChange<U> | undefined {
  if (user.status === 'deleted') return undefined;
  // No address: it has no @, and is as unique as the id.
  const next = { ...withNewAccess(user, stamp), status: 'deleted' as const, email: user.id };
  return changed(user, next, stamp);
}

/** Gone, with nothing left that tells who it was; undefined when that is so already. */
export function eraseUser<U extends User & UserSecrets>(user: U, stamp: Stamp): UserChange<U> | undefined {
  if (user.erasedAt) return undefined;
  const gone = deleteUser(user, stamp)?.after ?? user;
  const next = { ...gone, name: '', nameKey: '', passwordHash: undefined, creation: undefined };
  return changed(user, { ...next, erasedAt: stamp.now, erasureDueAt: stamp.now }, stamp);
}

/** Whether a session of this user that began then may still be used. */
export function admitsSession(
  user: User,
  { id, createdAt, userVersion }: { id: string; createdAt: Date; userVersion?: number | undefined },
): boolean {
  if (user.status !== 'active') return false;
  if (user.sessionsFrom === undefined || id === user.keptSessionId) return true;
  const isOfBefore = userVersion !== undefined && userVersion < (user.sessionsVersion ?? 0);
  return createdAt >= user.sessionsFrom && !isOfBefore;
}

/** The session whose tokens stay valid after the last change of access: the one that ended all others. */
export function sessionThatGoesOn({ keptSessionId, sessionsFrom, accessChangedAt }: User): string | undefined {
  return sessionsFrom?.getTime() === accessChangedAt?.getTime() ? keptSessionId : undefined;
}

function withSessionsEnded<U extends User>(user: U, stamp: Stamp, keptSessionId?: string): U {
  const ended = { sessionsFrom: stamp.now, sessionsVersion: user.version + 1, keptSessionId };
  return { ...withNewAccess(user, stamp), ...ended };
}

function withNewAccess<U extends User>(user: U, stamp: Stamp): U {
  return { ...user, accessVersion: user.version + 1, accessChangedAt: stamp.now };
}

function changed<U extends User>(before: U, next: U, stamp: Stamp): UserChange<U> {
  const after = { ...next, version: before.version + 1, updatedAt: stamp.now };
  return { before, after, events: [makeEvent(definitionOf(after), after, stamp, publicState(after))] };
}

function definitionOf({ status, erasedAt }: User) {
  if (erasedAt) return userErased;
  return status === 'deleted' ? userDeleted : userUpdated;
}
