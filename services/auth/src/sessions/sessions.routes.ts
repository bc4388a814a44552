/** The routes of sessions. */
import { login as loginOperation, logout as logoutOperation, refresh } from '@holdfast/shared/contracts';
import { registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { userAnswer } from '../users/users.routes.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { refreshSession } from './refresh-session.ts';

/** Adds login, refresh and logout. */
export function addSessionRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, loginOperation, async ({ body }) => {
    const { user, ...tokens } = await login(deps, body);
    return { status: 200, body: { ...tokens, user: userAnswer(user) } };
  });
  registerOperation(app, refresh, async ({ body }) => {
    return { status: 200, body: await refreshSession(deps, body.refreshToken) };
  });
  registerOperation(app, logoutOperation, async ({ body }) => {
    await logout(deps, body.refreshToken);
    return { status: 204 };
  });
}
