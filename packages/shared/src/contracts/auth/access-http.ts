// The HTTP contract of auth for those who manage a business: users, roles, API keys.
import { z } from 'zod';
import { emailField, idField, idParams, nameField, passwordField, timeField } from '../fields.ts';
import { defineApi, list, noContent } from '../operation.ts';
import { isBuiltInRole, permissions, roles } from '../permissions.ts';
import { textField } from '../text.ts';
import { userAnswer } from './http.ts';

const roleName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, 'is 1 to 40 of letters, digits, _ and -');
/** A role that somebody is given: a built-in one or one of the tenant. */
const roleField = roleName.describe(`${roles.join(', ')}, or a role of the business.`);
const newRoleName = roleName.refine((name) => !isBuiltInRole(name.toUpperCase()), 'is the name of a built-in role');
const permissionsField = z
  .array(z.enum(permissions))
  .max(permissions.length)
  .refine((list) => new Set(list).size === list.length, 'names one twice');

const newUserBody = z
  .strictObject({
    name: nameField,
    email: emailField,
    role: roleField,
    password: passwordField.optional(),
    invite: z.literal(true).optional(),
  })
  .refine(({ password, invite }) => (password === undefined) !== (invite === undefined), {
    path: ['password'],
    error: 'is needed, or `invite: true`, and not both',
  });

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

export const accessApi = defineApi('auth', 'Users', {
  listUsers: list({
    path: '/v1/users',
    summary: 'Users, newest first',
    description:
      '`q` finds names and e-mail addresses that begin with it, addresses first and each in its order. `ids` are up to 100 ids, separated by commas; with them the other filters do not apply.',
    access: ['users:read'],
    filters: {
      role: roleField.optional(),
      status: z.enum(['active', 'invited', 'disabled']).optional(),
      q: textField({ max: 100 }).optional(),
      ids: z
        .string()
        .max(100 * 65)
        .optional(),
    },
    item: userAnswer,
  }),
  createUser: {
    method: 'POST',
    path: '/v1/users',
    summary: 'Create a user of any role',
    description:
      'With a `password`, or with `invite: true`: then the user is `invited`, gets a mail, and chooses a password with its token. Accounts of OWNER and ADMIN are created by an OWNER only (403 otherwise).',
    access: ['users:write'],
    idempotencyKey: 'optional',
    body: newUserBody,
    statuses: [201],
    answer: userAnswer,
    errors: ['registration_refused', 'idempotency_key_reused', 'unknown_role'],
    example: { name: 'Sam Ruiz', email: 'sam@fjord.example', password: 'yet another phrase', role: 'STAFF' },
  },
  readUser: {
    method: 'GET',
    path: '/v1/users/:id',
    summary: 'One user',
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
      'Accounts of OWNER and ADMIN are changed by an OWNER only, and nobody gives a role with permissions that they do not have (403). A new role or a disabled account is in force on every service and socket within 5 seconds. `active` makes a user without a password `invited`. A new address gets a mail, as does the former one.',
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
    errors: ['email_taken', 'own_email', 'last_owner', 'stale_version', 'unknown_role'],
    example: { role: 'MANAGER' },
  },
  deleteUser: {
    method: 'DELETE',
    path: '/v1/users/:id',
    summary: 'Delete a user',
    description: 'The account is gone and its e-mail address free again; orders and timelines keep the id.',
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
    description:
      'All sessions of the user end, and an invited user is active. Nobody can read a password. For the own one use /v1/me/password.',
    access: ['users:write'],
    params: idParams,
    body: z.strictObject({ newPassword: passwordField }),
    statuses: [204],
    answer: noContent,
    errors: ['own_password'],
    example: { newPassword: 'a fresh pass phrase' },
  },
  eraseUser: {
    method: 'POST',
    path: '/v1/users/:id/erase',
    summary: 'Erase the personal data of a user',
    description:
      'The account is deleted, if it is not yet. Name, e-mail address, devices, and the addresses, notes, metadata and reasons of its orders are blanked in every service, within minutes; ids, quantities and money stay, because the books need them.',
    access: ['users:write'],
    params: idParams,
    statuses: [202],
    answer: z.object({ id: z.string(), status: z.literal('erasing') }).meta({ id: 'Erasure' }),
    errors: ['last_owner'],
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
});
