// The HTTP contract of what users do with the links that they are mailed: a forgotten password, an invitation, a new
// address.
import { z } from 'zod';
import { emailLengthMax } from '../bounds.ts';
import { idParams, passwordField } from '../fields.ts';
import { defineApi, noContent } from '../operation.ts';
import { signInAnswer } from './http.ts';

/** What is no token of ours is answered as one that is used up. */
const tokenField = z.string().min(1).max(256).describe('From the mail: also the part of its link behind `#token=`.');
const token = 'hfm.ten_agok3d5mab2jhiws422qtonhn4.2W8rYzq0bC4mXn1vT9dKpL6sFhJ3gQeAoUiRyE5wZxM';

/** Says that a request was taken, and nothing else: never whether there is an account, or a mail. */
export const acceptedAnswer = z.object({ accepted: z.literal(true) }).meta({ id: 'Accepted' });

export const mailApi = defineApi('auth', 'Auth', {
  requestPasswordReset: {
    method: 'POST',
    path: '/v1/auth/password-reset',
    summary: 'Ask for a link that sets a new password',
    description:
      'The answer is the same, after the same time, whether there is such an account or not. The link works once and for 30 minutes; a newer one ends it, as a new password or address does. An account gets at most 3 such mails an hour.',
    access: 'public',
    rateClass: 'auth',
    body: z.strictObject({
      tenant: z.string().min(1).max(64),
      email: z.string().min(1).max(emailLengthMax),
    }),
    statuses: [202],
    answer: acceptedAnswer,
    example: { tenant: 'fjord', email: 'nils@customer.example' },
  },
  confirmPasswordReset: {
    method: 'POST',
    path: '/v1/auth/password-reset/confirm',
    summary: 'Set a new password with the token of the mail',
    description:
      'Every session of the user ends, on all services within 5 seconds. As the mail arrived, the address is verified.',
    access: 'public',
    rateClass: 'auth',
    body: z.strictObject({ token: tokenField, newPassword: passwordField }),
    statuses: [204],
    answer: noContent,
    errors: ['invalid_token'],
    example: { token, newPassword: 'a fresh pass phrase' },
  },
  acceptInvitation: {
    method: 'POST',
    path: '/v1/auth/accept-invitation',
    summary: 'Choose a password for the account that one was invited to, and sign in',
    description: 'The invitation works once and for 7 days; a newer one ends it.',
    access: 'public',
    rateClass: 'auth',
    body: z.strictObject({ token: tokenField, password: passwordField }),
    statuses: [200],
    answer: signInAnswer,
    errors: ['invalid_token'],
    example: { token, password: 'yet another phrase' },
  },
  verifyEmail: {
    method: 'POST',
    path: '/v1/auth/verify-email',
    summary: 'Confirm that an e-mail address is the own one',
    access: 'public',
    rateClass: 'auth',
    body: z.strictObject({ token: tokenField }),
    statuses: [204],
    answer: noContent,
    errors: ['invalid_token'],
    example: { token },
  },
  sendVerification: {
    method: 'POST',
    path: '/v1/me/verify-email',
    summary: 'Send the mail that verifies the own address again',
    description:
      'The newest link is the one that works, for 24 hours. Nothing is sent when the address is verified, or after 3 such mails within an hour.',
    access: ['profile:own'],
    rateClass: 'auth',
    statuses: [202],
    answer: acceptedAnswer,
  },
  sendInvitation: {
    method: 'POST',
    path: '/v1/users/:id/invitation',
    summary: 'Invite an invited user again',
    description:
      'The newest invitation is the one that works. Who may create the account may invite to it. At most 3 mails are sent to a user within an hour.',
    tag: 'Users',
    access: ['users:write'],
    params: idParams,
    statuses: [202],
    answer: acceptedAnswer,
    errors: ['not_invited'],
  },
});
