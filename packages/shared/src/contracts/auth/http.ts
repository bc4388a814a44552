// The HTTP contract of auth: tenants, users, sessions, keys.
import { z } from 'zod';
import { emailLengthMax } from '../bounds.ts';
import {
  currencyField,
  emailField,
  idField,
  idParams,
  nameField,
  passwordField,
  slugField,
  timeField,
  timeZoneField,
} from '../fields.ts';
import { defineApi, list, noContent } from '../operation.ts';
import { isBuiltInRole, permissions, roles } from '../permissions.ts';
import { textField } from '../text.ts';

/** For signing in any text is a password: what is too short for a new one is simply wrong. */
const anyPassword = z.string().min(1).max(1_000);

const roleName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, 'is 1 to 40 of letters, digits, _ and -');
/** A role that somebody is given: a built-in one or one of the tenant. */
const roleField = roleName.describe(`${roles.join(', ')}, or a role of the business.`);
const newRoleName = roleName.refine((name) => !isBuiltInRole(name.toUpperCase()), 'is the name of a built-in role');
const permissionsField = z
  .array(z.enum(permissions))
  .max(permissions.length)
  .refine((list) => new Set(list).size === list.length, 'names one twice');

export const roleAnswer = z
  .object({
    name: z.string(),
    permissions: z.array(z.string()),
    builtIn: z.boolean(),
    version: z.int().describe('0 for a built-in role.'),
  })
  .meta({ id: 'Role' });

export const apiKeyAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    permissions: z.array(z.string()),
    createdBy: z.string(),
    createdAt: timeField,
    expiresAt: timeField.optional(),
    lastUsedAt: timeField.optional().describe('To within five minutes.'),
  })
  .meta({ id: 'ApiKey' });

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
    role: z.string(),
    status: z.enum(['active', 'disabled']),
    version: z.int(),
    createdAt: timeField,
    updatedAt: timeField,
  })
  .meta({ id: 'User' });
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
    answer: userAnswer,
  },
  updateMe: {
    method: 'PATCH',
    path: '/v1/me',
    summary: 'Change the own profile (merge patch)',
    description: 'Another e-mail address needs `currentPassword`.',
    access: ['profile:own'],
    body: z.strictObject({ name: nameField, email: emailField, currentPassword: anyPassword }).partial(),
    statuses: [200],
    answer: userAnswer,
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
  listApiKeys: list({
    path: '/v1/api-keys',
    summary: 'API keys in use, newest first',
    tag: 'API keys',
    access: ['api-keys:manage'],
    item: apiKeyAnswer,
  }),
  createApiKey: {
    method: 'POST',
    path: '/v1/api-keys',
    summary: 'Create a key for a machine, of permissions that the caller has',
    description:
      '`key` is shown in this answer only, and not in the answer to a repeated request. It is sent as `Authorization: Bearer hf_...`.',
    tag: 'API keys',
    access: ['api-keys:manage'],
    idempotencyKey: 'optional',
    body: z.strictObject({
      name: nameField,
      permissions: permissionsField.min(1),
      expiresAt: timeField.optional().describe('Without it the key is good until it is revoked.'),
    }),
    statuses: [201],
    answer: apiKeyAnswer.extend({ key: z.string().optional() }).meta({ id: 'NewApiKey' }),
    errors: ['too_many_api_keys', 'idempotency_key_reused'],
    example: { name: 'Warehouse scanner', permissions: ['stock:read', 'stock:adjust'] },
  },
  revokeApiKey: {
    method: 'DELETE',
    path: '/v1/api-keys/:id',
    summary: 'Revoke a key',
    description: 'It is refused everywhere within 5 seconds.',
    tag: 'API keys',
    access: ['api-keys:manage'],
    params: idParams,
    statuses: [204],
    answer: noContent,
  },
  listRoles: list({
    path: '/v1/roles',
    summary: 'Roles: the built-in ones, then those of the business by name',
    tag: 'Roles',
    access: ['roles:manage', 'users:read'],
    item: roleAnswer,
  }),
  createRole: {
    method: 'POST',
    path: '/v1/roles',
    summary: 'Create a role of permissions that the caller has',
    tag: 'Roles',
    access: ['roles:manage'],
    idempotencyKey: 'optional',
    body: z.strictObject({ name: newRoleName, permissions: permissionsField }),
    statuses: [201],
    answer: roleAnswer,
    errors: ['role_taken', 'too_many_roles', 'idempotency_key_reused'],
    example: { name: 'Buyer', permissions: ['products:read', 'stock:read', 'purchase-orders:write'] },
  },
  updateRole: {
    method: 'PATCH',
    path: '/v1/roles/:name',
    summary: 'Change the permissions of a role',
    description:
      'In force for everybody who has the role, on every service and socket, within 5 seconds. Only permissions that the caller has can be given (403). The built-in roles stay as they are.',
    tag: 'Roles',
    access: ['roles:manage'],
    params: z.strictObject({ name: idField }),
    body: z.strictObject({ permissions: permissionsField }).partial(),
    statuses: [200],
    answer: roleAnswer,
    errors: ['built_in_role', 'stale_version'],
    example: { permissions: ['products:read', 'stock:read'] },
  },
  deleteRole: {
    method: 'DELETE',
    path: '/v1/roles/:name',
    summary: 'Delete a role that nobody has',
    tag: 'Roles',
    access: ['roles:manage'],
    params: z.strictObject({ name: idField }),
    statuses: [204],
    answer: noContent,
    errors: ['built_in_role', 'role_in_use', 'stale_version'],
  },
  listUsers: list({
    path: '/v1/users',
    summary: 'Users, newest first',
    description:
      '`q` finds names and e-mail addresses that begin with it, addresses first and each in its order. `ids` are up to 100 ids, separated by commas; with them the other filters do not apply.',
    tag: 'Users',
    access: ['users:read'],
    filters: {
      role: roleField.optional(),
      status: z.enum(['active', 'disabled']).optional(),
      q: textField({ max: 100 }).optional(),
      ids: z
        .string()
        .max(100 * 65)
        .optional(),
    },
    item: userAnswer,
  }),
  readUser: {
    method: 'GET',
    path: '/v1/users/:id',
    summary: 'One user',
    tag: 'Users',
    access: ['users:read'],
    params: idParams,
    statuses: [200],
    answer: userAnswer,
  },
  updateUser: {
    method: 'PATCH',
    path: '/v1/users/:id',
    summary: 'Change a user (merge patch)',
    description:
      'Accounts of OWNER and ADMIN are changed by an OWNER only, and nobody gives a role with permissions that they do not have (403). A new role or a disabled account is in force on every service and socket within 5 seconds.',
    tag: 'Users',
    access: ['users:write'],
    params: idParams,
    body: z
      .strictObject({
        name: nameField,
        email: emailField,
        role: roleField,
        status: z.enum(['active', 'disabled']),
      })
      .partial(),
    statuses: [200],
    answer: userAnswer,
    errors: ['email_taken', 'last_owner', 'stale_version', 'unknown_role'],
    example: { role: 'MANAGER' },
  },
  deleteUser: {
    method: 'DELETE',
    path: '/v1/users/:id',
    summary: 'Delete a user',
    description: 'The account is gone and its e-mail address free again; orders and timelines keep the id.',
    tag: 'Users',
    access: ['users:write'],
    params: idParams,
    statuses: [204],
    answer: noContent,
    errors: ['last_owner', 'stale_version'],
  },
  setUserPassword: {
    method: 'POST',
    path: '/v1/users/:id/password',
    summary: "Set a user's password",
    description: 'All sessions of the user end. Nobody can read a password. For the own one use /v1/me/password.',
    tag: 'Users',
    access: ['users:write'],
    params: idParams,
    body: z.strictObject({ newPassword: passwordField }),
    statuses: [204],
    answer: noContent,
    errors: ['own_password'],
    example: { newPassword: 'a fresh pass phrase' },
  },
  createUser: {
    method: 'POST',
    path: '/v1/users',
    summary: 'Create a user of any role',
    description: 'Accounts of OWNER and ADMIN are created by an OWNER only (403 otherwise).',
    tag: 'Users',
    access: ['users:write'],
    idempotencyKey: 'optional',
    body: z.strictObject({ name: nameField, email: emailField, password: passwordField, role: roleField }),
    statuses: [201],
    answer: userAnswer,
    errors: ['registration_refused', 'idempotency_key_reused', 'unknown_role'],
    example: { name: 'Sam Ruiz', email: 'sam@fjord.example', password: 'yet another phrase', role: 'STAFF' },
  },
});
