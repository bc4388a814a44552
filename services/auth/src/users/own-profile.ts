// Users change their own profile and password.
// Invariant: a new password and a new address need the current password; a new password ends every other session.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction, isDuplicateKey, type Session } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { normaliseEmail, type Stamp, stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { mailUserChange } from '../mails/mail-user-change.ts';
import { refuseCommonPassword } from '../passwords/password.ts';
import { tellAccessChange } from './manage-user.ts';
import type { StoredUser } from './user.store.ts';
import { changePassword, endSessions, patchUser, type User, type UserChange } from './user.ts';

export type Self = { tenantId: string; userId: string; sessionId: string };
export type UpdateMe = {
  caller: Self;
  patch: { name?: string | undefined; email?: string | undefined };
  currentPassword?: string | undefined;
  expectVersion: (stored: number) => void;
};

/** Merges a patch into the own profile. Throws `stale_version`, `wrong_password`, `email_taken`, `busy`. */
export async function updateMe(command: UpdateMe, deps: Deps): Promise<User> {
  const { caller, patch, currentPassword, expectVersion } = command;
  const user = await readSelf(caller, deps);
  const isNewAddress = ({ email }: User) => patch.email !== undefined && normaliseEmail(patch.email) !== email;
  if (isNewAddress(user)) await checkPassword(user, currentPassword, deps);
  const decide = (stored: StoredUser, stamp: Stamp) => {
    expectVersion(stored.version);
    // Somebody else has changed the address or the password since it was compared.
    const isChecked = isNewAddress(user) && stored.passwordHash === user.passwordHash;
    if (isNewAddress(stored) && !isChecked) throw new DomainError('wrong_password');
    return patchUser(stored, { name: patch.name ?? stored.name, email: patch.email ?? stored.email }, stamp);
  };
  try {
    return await change(caller, decide, deps);
  } catch (error) {
    throw isDuplicateKey(error) ? new DomainError('email_taken') : error;
  }
}

/** Sets the own password; every other session ends. Throws `wrong_password`, `validation_failed`, `busy`. */
export async function changeMyPassword(
  { caller, currentPassword, newPassword }: { caller: Self; currentPassword: string; newPassword: string },
  deps: Deps,
): Promise<void> {
  refuseCommonPassword(newPassword, '/newPassword');
  const user = await readSelf(caller, deps);
  await checkPassword(user, currentPassword, deps);
  const passwordHash = await deps.passwords.hash(newPassword, caller.tenantId);
  const decide = (stored: StoredUser, stamp: Stamp) => {
    // Somebody else has set another one since it was compared.
    if (stored.passwordHash !== user.passwordHash) throw new DomainError('wrong_password');
    return changePassword(stored, passwordHash, { keptSessionId: caller.sessionId, stamp });
  };
  await change(caller, decide, deps);
  deps.log.info({ tenantId: caller.tenantId, userId: caller.userId }, 'password changed');
}

/** Ends all sessions of the caller, but for the one to keep. */
export async function endOwnSessions(caller: Omit<Self, 'sessionId'>, keptSessionId: string | undefined, deps: Deps) {
  await change(caller, (stored, stamp) => endSessions(stored, { keptSessionId, stamp }), deps);
  deps.log.info({ tenantId: caller.tenantId, userId: caller.userId, keptSessionId }, 'sessions ended');
}

async function change(
  { tenantId, userId }: Omit<Self, 'sessionId'>,
  decide: (user: StoredUser, stamp: Stamp) => UserChange<StoredUser> | undefined,
  deps: Deps,
): Promise<User> {
  const user = await inTransaction(deps.database, async (session) => {
    const stamp = stampNow(deps.clock, correlation());
    const stored = await readSelf({ tenantId, userId }, deps, session);
    const changed = decide(stored, stamp);
    if (!changed) return stored;
    await deps.users.save(changed, session);
    await mailUserChange(changed, deps, session);
    return changed.after;
  });
  tellAccessChange(user, deps);
  return user;
}

async function readSelf(
  { tenantId, userId }: Omit<Self, 'sessionId'>,
  deps: Pick<Deps, 'users'>,
  session?: Session,
): Promise<StoredUser> {
  const user = await deps.users.readWithSecrets(tenantId, userId, session);
  if (!user || user.status === 'deleted') throw new DomainError('not_found');
  return user;
}

async function checkPassword(user: StoredUser, password: string | undefined, deps: Deps): Promise<void> {
  const isRight = password !== undefined && (await deps.passwords.matches(password, user.passwordHash, user.tenantId));
  if (!isRight) throw new DomainError('wrong_password');
}
