// The routes of users: oneself, and those that staff create.
import { authApi, permissionsOf } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { createUser } from './create-user.ts';
import { register } from './register.ts';
import type { User } from './user.ts';

/** Adds registration, /v1/me, /v1/me/permissions and POST /v1/users. */
export function addUserRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, authApi.register, async ({ body }) => {
    const { user, ...tokens } = await register(body, deps);
    return { status: 201, body: { ...tokens, user: toUserResponse(user) } };
  });
  registerOperation(app, authApi.createUser, async ({ auth, body, idempotencyKey }) => {
    const command = { ...body, caller: auth, requestKey: idempotencyKey };
    const { created: user, replayed } = await createUser(command, deps);
    return { status: 201, body: toUserResponse(user), etag: user.version, replayed };
  });
  registerOperation(app, authApi.readMe, async ({ auth }) => {
    const user = await deps.users.read(auth.tenantId, auth.userId);
    if (!user) throw new DomainError('not_found');
    return { status: 200, body: toUserResponse(user), etag: user.version };
  });
  registerOperation(app, authApi.readMyPermissions, async ({ auth }) => {
    return { status: 200, body: { role: auth.role, permissions: [...permissionsOf(auth.role)] } };
  });
}

/** What of a user is shown: nothing that is not named here. */
export function toUserResponse({ id, name, email, role, status, version, createdAt }: User) {
  return { id, name, email, role, status, version, createdAt: createdAt.toISOString() };
}
