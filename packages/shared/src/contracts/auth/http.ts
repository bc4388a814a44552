// The HTTP contract of auth: tenants, users, sessions, keys.
import { z } from 'zod';
import { emailLengthMax } from '../bounds.ts';
import { currencyField, emailField, nameField, passwordField, slugField, timeField, timeZoneField } from '../fields.ts';
import { defineApi, noContent } from '../operation.ts';
import { roles } from '../permissions.ts';

/** For signing in any text is a password: what is too short for a new one is simply wrong. */
const anyPassword = z.string().min(1).max(1_000);

export const tenantAnswer = z
  .object({
    id: z.string(),
    slug: z.string(),
    name: z.string(),
    currency: z.string(),
    timeZone: z.string(),
    version: z.int(),
    createdAt: timeField,
  })
  .meta({ id: 'Tenant' });
export const userAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    role: z.enum(roles),
    status: z.enum(['active', 'disabled']),
    version: z.int(),
    createdAt: timeField,
  })
  .meta({ id: 'User' });
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
  readTenant: {
    method: 'GET',
    path: '/v1/tenant',
    summary: 'The business of the caller',
    access: 'session',
    statuses: [200],
    answer: tenantAnswer,
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
      'A refresh token works once. Using one a second time ends its session, whoever uses it: of simultaneous uses one is answered with 200, the others with 401, and the new pair is dead too. So never refresh twice at once.',
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
  readMe: {
    method: 'GET',
    path: '/v1/me',
    summary: 'The signed-in user',
    access: 'session',
    statuses: [200],
    answer: userAnswer,
  },
  readMyPermissions: {
    method: 'GET',
    path: '/v1/me/permissions',
    summary: 'What the signed-in user may do',
    access: 'session',
    statuses: [200],
    answer: z.object({ role: z.enum(roles), permissions: z.array(z.string()) }).meta({ id: 'MyPermissions' }),
  },
  createUser: {
    method: 'POST',
    path: '/v1/users',
    summary: 'Create a user of any role',
    description: 'Accounts of OWNER and ADMIN are created by an OWNER only (403 otherwise).',
    tag: 'Users',
    access: ['users:write'],
    idempotencyKey: 'optional',
    body: z.strictObject({ name: nameField, email: emailField, password: passwordField, role: z.enum(roles) }),
    statuses: [201],
    answer: userAnswer,
    errors: ['registration_refused', 'idempotency_key_reused'],
    example: { name: 'Sam Ruiz', email: 'sam@fjord.example', password: 'yet another phrase', role: 'STAFF' },
  },
});
