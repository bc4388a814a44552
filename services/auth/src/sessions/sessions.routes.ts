// The routes of sessions: signing in and out, and the list of one's own.
import { authApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { endOwnSessions } from '../users/own-profile.ts';
import { toUserResponse } from '../users/users.routes.ts';
import { deviceOf } from './device.ts';
import { endSession } from './end-session.ts';
import { listSessions } from './list-sessions.ts';
import { login } from './login.ts';
import { logout, logoutAll } from './logout.ts';
import { refreshSession } from './refresh-session.ts';
import { sessions } from './session.store.ts';
import type { Session } from './session.ts';

/** Adds login, refresh, logout and /v1/sessions. */
export function addSessionRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, authApi.login, async ({ body, request }) => {
    const { user, ...tokens } = await login({ ...body, device: deviceOf(request) }, deps);
    return { status: 200, body: { ...tokens, user: toUserResponse(user) } };
  });
  registerOperation(app, authApi.refresh, async ({ body, request }) => {
    const { address } = deviceOf(request);
    return { status: 200, body: await refreshSession({ ...body, address }, deps) };
  });
  registerOperation(app, authApi.logout, async ({ body }) => {
    await logout(body.refreshToken, deps);
    return { status: 204 };
  });
  registerOperation(app, authApi.logoutAll, async ({ body }) => {
    await logoutAll(body.refreshToken, deps);
    return { status: 204 };
  });
  registerList(app, authApi.listSessions, {
    list: ({ auth }, page) => listSessions({ ...auth, page }, deps),
    toResponse: (session, auth) => toResponse(session, auth.sessionId),
    placeOf: sessions.placeOf,
  });
  registerOperation(app, authApi.endSession, async ({ auth, params }) => {
    const { tenantId, userId } = auth;
    const found = await endSession({ tenantId, userId, sessionId: params.id, reason: 'ended' }, deps);
    if (!found) throw new DomainError('not_found');
    return { status: 204 };
  });
  registerOperation(app, authApi.endOtherSessions, async ({ auth }) => {
    await endOwnSessions(auth, auth.sessionId, deps);
    return { status: 204 };
  });
}

function toResponse({ id, userAgent, address, createdAt, lastUsedAt }: Session, currentId: string) {
  const times = { createdAt: createdAt.toISOString(), lastUsedAt: lastUsedAt.toISOString() };
  return { id, userAgent, address, ...times, current: id === currentId };
}
