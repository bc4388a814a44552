// The routes of users: oneself, and those that staff manage.
import { accessApi, authApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { deviceOf } from '../sessions/device.ts';
import { createUser } from './create-user.ts';
import { eraseUser } from './erase-user.ts';
import { listUsers } from './list-users.ts';
import { deleteUser, setPassword, updateUser } from './manage-user.ts';
import { changeMyPassword, updateMe } from './own-profile.ts';
import { register } from './register.ts';
import type { User } from './user.ts';

/** Adds registration, /v1/me and /v1/users. */
export function addUserRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, authApi.register, async ({ body, request }) => {
    const { user, ...tokens } = await register({ ...body, device: deviceOf(request) }, deps);
    return { status: 201, body: { ...tokens, user: toUserResponse(user) } };
  });
  addOwnRoutes(app, deps);
  addStaffRoutes(app, deps);
}

function addOwnRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, authApi.readMe, async ({ auth }) =>
    foundMe(await deps.users.read(auth.tenantId, auth.userId)),
  );
  registerOperation(app, authApi.updateMe, async ({ auth, body, expectVersion }) => {
    const { currentPassword, ...patch } = body;
    return foundMe(await updateMe({ caller: auth, patch, currentPassword, expectVersion }, deps));
  });
  registerOperation(app, authApi.changeMyPassword, async ({ auth, body }) => {
    await changeMyPassword({ caller: auth, ...body }, deps);
    return { status: 204 };
  });
  registerOperation(app, authApi.readMyPermissions, async ({ auth }) => {
    return { status: 200, body: { role: auth.role, permissions: [...auth.permissions] } };
  });
}

function addStaffRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, accessApi.createUser, async ({ auth, body, idempotencyKey }) => {
    const command = { ...body, caller: auth, requestKey: idempotencyKey };
    const { created: user, replayed } = await createUser(command, deps);
    const headers = { location: `/v1/users/${user.id}` };
    return { status: 201, body: toUserResponse(user), etag: user.version, headers, replayed };
  });
  registerList(app, accessApi.listUsers, {
    list: ({ auth, query }, page) => listUsers({ tenantId: auth.tenantId, ...query, page }, deps),
    toResponse: ({ user }) => toUserResponse(user),
    placeOf: ({ place }) => place,
  });
  registerOperation(app, accessApi.readUser, async ({ auth, params }) =>
    found(await deps.users.read(auth.tenantId, params.id)),
  );
  registerOperation(app, accessApi.updateUser, async ({ auth, params, body, expectVersion }) =>
    found(await updateUser({ caller: auth, id: params.id, patch: body, expectVersion }, deps)),
  );
  registerOperation(app, accessApi.deleteUser, async ({ auth, params, expectVersion }) => {
    await deleteUser({ caller: auth, id: params.id, expectVersion }, deps);
    return { status: 204 };
  });
  registerOperation(app, accessApi.eraseUser, async ({ auth, params }) => {
    await eraseUser({ caller: auth, id: params.id }, deps);
    return { status: 202, body: { id: params.id, status: 'erasing' as const } };
  });
  registerOperation(app, accessApi.setUserPassword, async ({ auth, params, body }) => {
    await setPassword({ caller: auth, id: params.id, password: body.newPassword }, deps);
    return { status: 204 };
  });
}

function found(user: User | undefined) {
  if (!user || user.status === 'deleted') throw new DomainError('not_found');
  return { status: 200, body: toUserResponse(user), etag: user.version };
}

function foundMe(user: User | undefined) {
  const answer = found(user);
  return { ...answer, body: { ...answer.body, emailVerified: user!.emailVerified } };
}

/** What of a user is shown: nothing that is not named here. A deleted one is not shown at all. */
export function toUserResponse({ id, name, email, role, status: stored, version, createdAt, updatedAt }: User) {
  const times = { createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
  const status = stored === 'deleted' ? 'disabled' : stored;
  return { id, name, email, role, status, version, ...times };
}
