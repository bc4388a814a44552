// Staff create a user of any role, with a password, or invite one.
// Invariant: with an Idempotency-Key the user's id derives from the key, so that a retry creates nobody twice; what it
// is answered is made again from the request and the time of the first one, whatever became of the user since.
import { DomainError } from '@holdfast/shared/errors';
import { asTenant, createOnce, inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import {
  assertSameRequest,
  type Caller,
  type Created,
  contentHash,
  derivedId,
  newId,
  normaliseEmail,
  type RequestKey,
  stampNow,
} from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { queueMail } from '../mails/queue-mail.ts';
import { refuseCommonPassword } from '../passwords/password.ts';
import { giveRole } from '../roles/give-role.ts';
import { newUser, type User, userCreatedEvent } from './user.ts';

export type CreateUser = {
  caller: Pick<Caller, 'tenantId' | 'userId' | 'permissions'>;
  requestKey?: RequestKey | undefined;
  name: string;
  email: string;
  /** Without one the user is invited. */
  password?: string | undefined;
  role: string;
};

/**
 * Creates a user in the caller's tenant, or finds the one that this key created.
 * Throws `forbidden`, `unknown_role`, `registration_refused`, `idempotency_key_reused`, `validation_failed`, `busy`.
 */
export async function createUser(command: CreateUser, deps: Deps): Promise<Created<User>> {
  const { caller, requestKey, password } = command;
  if (password !== undefined) refuseCommonPassword(password, '/password');
  const { tenantId, userId } = caller;
  const id = requestKey ? derivedId('usr', tenantId, userId, 'auth.createUser', requestKey.key) : newId('usr');
  return asTenant(tenantId, () =>
    createOnce(requestKey, {
      findFirst: () => findFirst(id, command, deps),
      create: () => add(id, command, deps),
    }).catch((error) => {
      throw isDuplicateKey(error) ? new DomainError('registration_refused') : error;
    }),
  );
}

async function add(id: string, command: CreateUser, deps: Deps): Promise<User> {
  const { caller, role, password } = command;
  const { tenantId, userId: createdBy } = caller;
  // Refused before the work of a hash, and again in the transaction.
  await inTransaction(deps.database, (session) => giveRole({ caller, role }, deps, session));
  const passwordHash = password === undefined ? undefined : await deps.passwords.hash(password, tenantId);
  const stamp = stampNow(deps.clock, correlation());
  const user = userOf({ id, command, createdAt: stamp.now });
  await inTransaction(deps.database, async (session) => {
    await giveRole({ caller, role }, deps, session);
    const own = { passwordHash, creation: { ...creationOf(command), passwordHash } };
    await deps.users.add(user, own, [userCreatedEvent(user, stamp)], session);
    if (user.status === 'invited') await queueMail({ user, kind: 'invitation' }, deps, session);
  });
  deps.log.info({ tenantId, userId: id, role: user.role, status: user.status, createdBy }, 'user created');
  return user;
}

/** The user as this key created it. */
async function findFirst(id: string, command: CreateUser, deps: Deps): Promise<User | undefined> {
  const { caller, password } = command;
  const { tenantId } = caller;
  const stored = await deps.users.readWithSecrets(tenantId, id);
  if (!stored) return undefined;
  assertSameRequest(stored.creation, creationOf(command));
  // With the first password, not the one of now: that would tell a caller whether it was guessed.
  const first = stored.creation?.passwordHash;
  const isSamePassword = password === undefined || (await deps.passwords.matches(password, first, tenantId));
  if (!isSamePassword) throw new DomainError('idempotency_key_reused');
  return userOf({ id, command, createdAt: stored.createdAt });
}

function userOf({ id, command, createdAt }: { id: string; command: CreateUser; createdAt: Date }): User {
  const status = command.password === undefined ? 'invited' : 'active';
  return newUser({ id, tenantId: command.caller.tenantId, ...personOf(command), status }, createdAt);
}

/** What is hashed of the request leaves the password out: that one is compared as a password. */
function creationOf(command: CreateUser): { requestHash: string } {
  const invitation = command.password === undefined ? { invite: true } : {};
  return { requestHash: contentHash({ ...personOf(command), ...invitation }) };
}

function personOf({ name, email, role }: CreateUser): { name: string; email: string; role: string } {
  return { name, email: normaliseEmail(email), role };
}
