/**
 * Staff create a user of any role.
 * Invariant: with an Idempotency-Key the user's id comes from the key, so that a retry creates nobody twice.
 */
import type { Role } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { asTenant, isDuplicateKey } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { contentHash, derivedId, newId, normaliseEmail } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { refuseCommonPassword } from '../passwords/password.ts';
import { mayCreate, newUser, type User } from './user.ts';

export type CreateUserCommand = { name: string; email: string; password: string; role: Role };
export type Creator = { userId: string; tenantId: string; role: Role };

/**
 * Creates a user in the creator's tenant, or finds the one that this key created.
 * Throws `forbidden`, `registration_refused`, `idempotency_key_reused`, `validation_failed`, `busy`.
 */
export async function createUser(
  deps: Deps,
  creator: Creator,
  command: CreateUserCommand,
  key?: string,
): Promise<{ user: User; replayed: boolean }> {
  if (!mayCreate(creator.role, command.role)) throw new DomainError('forbidden');
  refuseCommonPassword(command.password, '/password');
  const { tenantId } = creator;
  if (key === undefined) return asTenant(tenantId, () => add(deps, creator, command, newId('usr')));
  const id = derivedId('usr', tenantId, creator.userId, 'auth.createUser', key);
  return asTenant(tenantId, async () => {
    const before = await findReplay(deps, tenantId, id, command);
    if (before) return { user: before, replayed: true };
    try {
      return await add(deps, creator, command, id);
    } catch (error) {
      // The same request may have run beside this one.
      const beside = await findReplay(deps, tenantId, id, command);
      if (beside) return { user: beside, replayed: true };
      throw error;
    }
  });
}

async function add(
  deps: Deps,
  { tenantId, userId: createdBy }: Creator,
  command: CreateUserCommand,
  id: string,
): Promise<{ user: User; replayed: boolean }> {
  const passwordHash = await deps.passwords.hash(command.password);
  const facts = { now: deps.clock.now(), eventId: newId('evt'), origin: correlation() };
  const { user, events } = newUser({ ...facts, id, tenantId, ...who(command) });
  try {
    await deps.users.add(user, { passwordHash, requestHash: contentHash(who(command)) }, events);
  } catch (error) {
    if (isDuplicateKey(error)) throw new DomainError('registration_refused');
    throw error;
  }
  deps.log.info({ tenantId, userId: id, role: user.role, createdBy }, 'user created');
  return { user, replayed: false };
}

/** The user that this key created; the password is compared as a password, never stored as a plain hash. */
async function findReplay(
  deps: Deps,
  tenantId: string,
  id: string,
  command: CreateUserCommand,
): Promise<User | undefined> {
  const found = await deps.users.readWithSecrets(tenantId, id);
  if (!found) return undefined;
  const { passwordHash, requestHash, ...user } = found;
  const same =
    requestHash === contentHash(who(command)) && (await deps.passwords.matches(command.password, passwordHash));
  if (!same) throw new DomainError('idempotency_key_reused');
  return user;
}

function who(command: CreateUserCommand): { name: string; email: string; role: Role } {
  return { name: command.name, email: normaliseEmail(command.email), role: command.role };
}
