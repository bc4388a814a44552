// Staff make a role of permissions that they have.
// Invariant: with an Idempotency-Key the id derives from the key, so that a retry makes no second role; its answer is
// made again from the request and the time of the first one.
import { customRolesMax, type Permission } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { createOnce, inTransaction, isDuplicateKey } from '@holdfast/shared/persistence';
import {
  assertSameRequest,
  type Caller,
  type Created,
  derivedId,
  newId,
  type RequestKey,
} from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { assertHoldsAll, type CustomRole, newRole } from './role.ts';

export type CreateRole = {
  caller: Pick<Caller, 'tenantId' | 'userId' | 'permissions'>;
  requestKey?: RequestKey | undefined;
  name: string;
  permissions: Permission[];
};

/** Throws `forbidden`, `role_taken`, `too_many_roles`, `idempotency_key_reused`. */
export async function createRole(command: CreateRole, deps: Deps): Promise<Created<CustomRole>> {
  const { caller, requestKey, name, permissions } = command;
  const { tenantId, userId } = caller;
  assertHoldsAll(caller, permissions);
  const id = requestKey ? derivedId('rol', tenantId, userId, 'auth.createRole', requestKey.key) : newId('rol');
  const creation = requestKey ? { requestHash: requestKey.requestHash } : null;
  const role = newRole({ id, tenantId, name, permissions, createdAt: deps.clock.now(), creation });
  try {
    return await createOnce(requestKey, {
      async findFirst(key) {
        const stored = await deps.roles.read({ tenantId, id });
        if (!stored) return undefined;
        assertSameRequest(stored.creation, key);
        return newRole({ ...role, createdAt: stored.createdAt });
      },
      create: () => add(role, userId, deps),
    });
  } catch (error) {
    throw isDuplicateKey(error) ? new DomainError('role_taken') : error;
  }
}

async function add(role: CustomRole, createdBy: string, deps: Deps): Promise<CustomRole> {
  const { tenantId, name } = role;
  await inTransaction(deps.database, async (session) => {
    await deps.tenants.lock(tenantId, session);
    if ((await deps.roles.count(tenantId, session)) >= customRolesMax) throw new DomainError('too_many_roles');
    await deps.roles.insert([{ after: role }], session);
  });
  deps.log.info({ tenantId, role: name, createdBy }, 'role created');
  return role;
}
