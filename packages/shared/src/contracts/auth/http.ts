// The HTTP contract of auth: tenants, users, sessions, keys.
import { z } from 'zod';
import { emailLengthMax } from '../bounds.ts';
import {
  currencyField,
  emailField,
  idParams,
  nameField,
  passwordField,
  slugField,
  timeField,
  timeZoneField,
} from '../fields.ts';
import { defineApi, list, noContent } from '../operation.ts';
import { tenantAnswer } from './tenant-http.ts';

/** For signing in any text is a password: what is too short for a new one is simply wrong. */
const anyPassword = z.string().min(1).max(1_000);

export const userAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    role: z.string(),
    status: z.enum(['active', 'invited', 'disabled']).describe('An invited user has no password yet.'),
    version: z.int(),
    createdAt: timeField,
    updatedAt: timeField,
  })
  .meta({ id: 'User' });
/** Oneself; whether one's address is verified is nobody else's affair. */
export const meAnswer = userAnswer.extend({ emailVerified: z.boolean() }).meta({ id: 'Me' });
export const sessionAnswer = z
  .object({
    id: z.string(),
    userAgent: z.string().describe('As the client named itself when it signed in; may be empty.'),
    address: z.string().describe('From where it was used last.'),
    createdAt: timeField,
    lastUsedAt: timeField.describe('When it signed in or was refreshed last.'),
    current: z.boolean().describe('The session of the token that asks.'),
  })
  .meta({ id: 'Session' });
const tokens = { accessToken: z.string(), refreshToken: z.string(), expiresIn: z.int().describe('Seconds.') };
export const signInAnswer = z.object({ ...tokens, user: userAnswer }).meta({ id: 'SignIn' });
export const tokenPairAnswer = z.object(tokens).meta({ id: 'TokenPair' });

const refreshBody = z.strictObject({ refreshToken: z.string().min(1).max(4_096) });

export const authApi = defineApi('auth', 'Auth', {
  createTenant: {
    method: 'POST',
    path: '/v1/tenants',
    summary: 'Sign a business up, with its first OWNER',
    access: 'public',
    rateClass: 'auth',
    body: z.strictObject({
      name: nameField,
      slug: slugField,
      currency: currencyField.default('USD'),
      timeZone: timeZoneField.default('UTC'),
      owner: z.strictObject({ name: nameField, email: emailField, password: passwordField }),
    }),
    statuses: [201],
    answer: z.object({ tenant: tenantAnswer, user: userAnswer, ...tokens }).meta({ id: 'SignUp' }),
    errors: ['slug_taken'],
    example: {
      name: 'Fjord Outfitters',
      slug: 'fjord',
      currency: 'EUR',
      timeZone: 'Europe/Oslo',
      owner: { name: 'Ida Berg', email: 'ida@fjord.example', password: 'a long pass phrase' },
    },
  },
  register: {
    method: 'POST',
    path: '/v1/auth/register',
    summary: 'Register as a customer of a business',
    description:
      'An address that is taken is refused after the same time as a registration takes. The refusal itself tells that the address is known, as it must where an account can be used at once.',
    access: 'public',
    rateClass: 'auth',
    body: z.strictObject({ tenant: slugField, name: nameField, email: emailField, password: passwordField }),
    statuses: [201],
    answer: signInAnswer,
    errors: ['registration_refused', 'unknown_tenant'],
    example: { tenant: 'fjord', name: 'Nils Dahl', email: 'nils@customer.example', password: 'another long phrase' },
  },
  login: {
    method: 'POST',
    path: '/v1/auth/login',
    summary: 'Sign in',
    access: 'public',
    rateClass: 'auth',
    body: z.strictObject({
      tenant: z.string().min(1).max(64),
      email: z.string().min(1).max(emailLengthMax),
      password: anyPassword,
    }),
    statuses: [200],
    answer: signInAnswer,
    errors: ['invalid_credentials'],
    example: { tenant: 'fjord', email: 'nils@customer.example', password: 'another long phrase' },
  },
  refresh: {
    method: 'POST',
    path: '/v1/auth/refresh',
    summary: 'Trade a refresh token for a new pair',
    description:
      'A refresh token works once, for one successor. Within 10 seconds it gives that same successor again, as long as nobody has used it, so that two tabs may refresh at once. Later it ends its session, whoever uses it: the new pair is dead too.',
    access: 'public',
    rateClass: 'default',
    body: refreshBody,
    statuses: [200],
    answer: tokenPairAnswer,
    errors: ['invalid_refresh_token'],
  },
  logout: {
    method: 'POST',
    path: '/v1/auth/logout',
    summary: 'End the session of a refresh token',
    access: 'public',
    body: refreshBody,
    statuses: [204],
    answer: noContent,
  },
  logoutAll: {
    method: 'POST',
    path: '/v1/auth/logout-all',
    summary: 'End all sessions of the user of a refresh token',
    access: 'public',
    body: refreshBody,
    statuses: [204],
    answer: noContent,
  },
  readMe: {
    method: 'GET',
    path: '/v1/me',
    summary: 'The signed-in user',
    access: 'session',
    statuses: [200],
    answer: meAnswer,
  },
  updateMe: {
    method: 'PATCH',
    path: '/v1/me',
    summary: 'Change the own profile (merge patch)',
    description:
      'Another e-mail address needs `currentPassword`; a mail to it asks for its verification, another tells the former address.',
    access: ['profile:own'],
    // A stolen token must not be the way to guess the password.
    rateClass: 'auth',
    body: z.strictObject({ name: nameField, email: emailField, currentPassword: anyPassword }).partial(),
    statuses: [200],
    answer: meAnswer,
    errors: ['email_taken', 'stale_version', 'wrong_password'],
    example: { name: 'Nils Dahl' },
  },
  changeMyPassword: {
    method: 'POST',
    path: '/v1/me/password',
    summary: 'Change the own password',
    description: 'Every other session of the user ends, on all services within 5 seconds; this one goes on.',
    access: ['profile:own'],
    rateClass: 'auth',
    body: z.strictObject({ currentPassword: anyPassword, newPassword: passwordField }),
    statuses: [204],
    answer: noContent,
    errors: ['wrong_password'],
    example: { currentPassword: 'a long pass phrase', newPassword: 'another long phrase' },
  },
  readMyPermissions: {
    method: 'GET',
    path: '/v1/me/permissions',
    summary: 'What the signed-in user may do',
    access: 'session',
    statuses: [200],
    answer: z.object({ role: z.string(), permissions: z.array(z.string()) }).meta({ id: 'MyPermissions' }),
  },
  listSessions: list({
    path: '/v1/sessions',
    summary: 'The open sessions of the signed-in user, newest first',
    tag: 'Sessions',
    access: 'session',
    item: sessionAnswer,
  }),
  endSession: {
    method: 'DELETE',
    path: '/v1/sessions/:id',
    summary: 'End one of the own sessions',
    description:
      'Its access tokens are dead on every service and socket within 5 seconds. Ending the own one signs out.',
    tag: 'Sessions',
    access: 'session',
    params: idParams,
    statuses: [204],
    answer: noContent,
  },
  endOtherSessions: {
    method: 'DELETE',
    path: '/v1/sessions',
    summary: 'End all own sessions but the one that asks',
    tag: 'Sessions',
    access: 'session',
    statuses: [204],
    answer: noContent,
  },
});
