// The routes of sessions.
import { authApi } from '@holdfast/shared/contracts';
import { registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { toUserResponse } from '../users/users.routes.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { refreshSession } from './refresh-session.ts';

/** Adds login, refresh and logout. */
export function addSessionRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, authApi.login, async ({ body }) => {
    const { user, ...tokens } = await login(body, deps);
    return { status: 200, body: { ...tokens, user: toUserResponse(user) } };
  });
  registerOperation(app, authApi.refresh, async ({ body }) => {
    return { status: 200, body: await refreshSession(body.refreshToken, deps) };
  });
  registerOperation(app, authApi.logout, async ({ body }) => {
    await logout(body.refreshToken, deps);
    return { status: 204 };
  });
}
