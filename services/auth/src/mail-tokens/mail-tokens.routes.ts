// The routes of what is done with mailed tokens, and of asking for one.
import { mailApi } from '@holdfast/shared/contracts';
import { registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { deviceOf } from '../sessions/device.ts';
import { toUserResponse } from '../users/users.routes.ts';
import { acceptInvitation } from './accept-invitation.ts';
import { confirmPasswordReset } from './confirm-password-reset.ts';
import { requestPasswordReset } from './request-password-reset.ts';
import { sendInvitation } from './send-invitation.ts';
import { sendVerification, verifyEmail } from './verify-email.ts';

const accepted = { status: 202, body: { accepted: true as const } };

/** Adds password resets, invitations and the verification of addresses. */
export function addMailTokenRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, mailApi.requestPasswordReset, async ({ body }) => {
    await requestPasswordReset(body, deps);
    return accepted;
  });
  registerOperation(app, mailApi.confirmPasswordReset, async ({ body }) => {
    await confirmPasswordReset(body, deps);
    return { status: 204 };
  });
  registerOperation(app, mailApi.acceptInvitation, async ({ body, request }) => {
    const { user, ...tokens } = await acceptInvitation({ ...body, device: deviceOf(request) }, deps);
    return { status: 200, body: { ...tokens, user: toUserResponse(user) } };
  });
  registerOperation(app, mailApi.verifyEmail, async ({ body }) => {
    await verifyEmail(body.token, deps);
    return { status: 204 };
  });
  registerOperation(app, mailApi.sendVerification, async ({ auth }) => {
    await sendVerification(auth, deps);
    return accepted;
  });
  registerOperation(app, mailApi.sendInvitation, async ({ auth, params }) => {
    await sendInvitation({ caller: auth, id: params.id }, deps);
    return accepted;
  });
}
