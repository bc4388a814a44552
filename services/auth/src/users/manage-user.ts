// Staff change, delete, or give a new password to a user.
// Invariants: an account is touched only by those who have all its rights; the last active OWNER stays; what ends or
// narrows access is in force on every service and socket within seconds.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction, isDuplicateKey, type Session } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Caller, normaliseEmail, type Stamp, stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { mailUserChange } from '../mails/mail-user-change.ts';
import { refuseCommonPassword } from '../passwords/password.ts';
import { giveRole, roleOf } from '../roles/give-role.ts';
import { assertMayManage } from './rights.ts';
import { accessChangeOf, type StoredUser } from './user.store.ts';
import {
  changePassword,
  deleteUser as decideDeletion,
  patchUser,
  type User,
  type UserChange,
  type UserPatch,
} from './user.ts';

export type ManageUser = {
  caller: Pick<Caller, 'tenantId' | 'userId' | 'permissions'>;
  id: string;
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
};
export type UpdateUser = ManageUser & { patch: UserPatch };

/**
 * Merges a patch. Throws `not_found`, `forbidden`, `unknown_role`, `stale_version`, `last_owner`, `email_taken`,
 * `own_email`.
 */
export async function updateUser(command: UpdateUser, deps: Deps): Promise<User> {
  const { patch, caller, id } = command;
  const isOtherAddress = ({ email }: User) => patch.email !== undefined && normaliseEmail(patch.email) !== email;
  try {
    const decide = (user: StoredUser, stamp: Stamp) => {
      // A stolen token must not be enough to take the account over: /v1/me asks for the password.
      if (id === caller.userId && isOtherAddress(user)) throw new DomainError('own_email');
      return patchUser(user, patch, stamp);
    };
    return await changeUser(command, decide, deps);
  } catch (error) {
    throw isDuplicateKey(error) ? new DomainError('email_taken') : error;
  }
}

/** Deletes a user; its id stays with what it did. Throws `not_found`, `forbidden`, `stale_version`, `last_owner`. */
export async function deleteUser(command: ManageUser, deps: Deps): Promise<void> {
  await changeUser(command, decideDeletion, deps);
}

/** Sets the password of somebody else and ends all of its sessions. Throws `not_found`, `forbidden`, `own_password`. */
export async function setPassword(
  { password, ...command }: Omit<ManageUser, 'expectVersion'> & { password: string },
  deps: Deps,
): Promise<void> {
  const { caller, id } = command;
  refuseCommonPassword(password, '/newPassword');
  if (id === caller.userId) throw new DomainError('own_password');
  // Refused before the work of a hash, and again in the transaction.
  const user = await deps.users.read(caller.tenantId, id);
  if (!user || user.status === 'deleted') throw new DomainError('not_found');
  assertMayManage(caller, await roleOf(user, deps));
  const passwordHash = await deps.passwords.hash(password, caller.tenantId);
  const decide = (stored: StoredUser, stamp: Stamp) => changePassword(stored, passwordHash, { stamp });
  await changeUser({ ...command, expectVersion: () => {} }, decide, deps);
}

/** Decides on a user that the caller may manage, and stores what was decided. */
export async function changeUser(
  { caller, id, expectVersion, alsoDeleted = false }: ManageUser & { alsoDeleted?: boolean },
  decide: (user: StoredUser, stamp: Stamp) => UserChange<StoredUser> | undefined,
  deps: Deps,
): Promise<User> {
  const { tenantId } = caller;
  const user = await inTransaction(deps.database, async (session) => {
    const stamp = stampNow(deps.clock, correlation());
    const stored = await deps.users.readWithSecrets(tenantId, id, session);
    if (!stored || (stored.status === 'deleted' && !alsoDeleted)) throw new DomainError('not_found');
    assertMayManage(caller, await roleOf(stored, deps, session));
    expectVersion(stored.version);
    const changed = decide(stored, stamp);
    if (!changed) return stored;
    const { role } = changed.after;
    if (role !== stored.role) await giveRole({ caller, role }, deps, session);
    await keepAnOwner(changed, deps, session);
    await deps.users.save(changed, session);
    await mailUserChange(changed, deps, session);
    return changed.after;
  });
  tellAccessChange(user, deps);
  return user;
}

/** Throws `last_owner` when the change would leave the business without an active OWNER. */
async function keepAnOwner({ before, after }: UserChange, deps: Deps, session: Session): Promise<void> {
  const isOwner = ({ role, status }: User) => role === 'OWNER' && status === 'active';
  if (!isOwner(before) || isOwner(after)) return;
  // Of two who go at once the second one meets the write of the first, and decides again.
  await deps.tenants.lock(before.tenantId, session);
  if (!(await deps.users.hasOther(before.tenantId, before, session))) throw new DomainError('last_owner');
}

/** This process knows at once what the others learn within seconds. */
export function tellAccessChange(user: User, deps: Pick<Deps, 'revocations'>): void {
  if (user.accessChangedAt !== undefined) deps.revocations.add(accessChangeOf(user));
}
