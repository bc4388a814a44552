// The errors of signing in, users, roles and API keys: a part of the catalogue.
import { apiKeysMax, customRolesMax } from '../contracts/bounds.ts';

export type ErrorEntry = { status: number; title: string; retryable: boolean; explanation: string };

export const identityErrors = {
  invalid_credentials: {
    status: 401,
    title: 'The sign-in was not accepted',
    retryable: false,
    explanation: 'Tenant, email or password is wrong; which of them is not revealed.',
  },
  invalid_refresh_token: {
    status: 401,
    title: 'The refresh token was not accepted',
    retryable: false,
    explanation: 'It is unknown, expired, or was used before; using one twice ends the session.',
  },
  wrong_password: {
    status: 403,
    title: 'The current password is wrong',
    retryable: false,
    explanation: 'A new password and a new e-mail address need the current password. Nothing was changed.',
  },
  own_password: {
    status: 403,
    title: 'The own password is changed at /v1/me/password',
    retryable: false,
    explanation: 'It needs the current password there.',
  },
  invalid_token: {
    status: 422,
    title: 'The token was not accepted',
    retryable: false,
    explanation:
      'It is unknown, expired, was used before, or a newer mail, password or address has ended it; which of them is not revealed. Ask for a new mail.',
  },
  not_invited: {
    status: 409,
    title: 'The user is not waiting for an invitation',
    retryable: false,
    explanation: 'Only an `invited` user can be invited again: this one has a password, or is disabled.',
  },
  own_email: {
    status: 403,
    title: 'The own e-mail address is changed at /v1/me',
    retryable: false,
    explanation: 'It needs the current password there.',
  },
  registration_refused: {
    status: 409,
    title: 'This registration was not accepted',
    retryable: false,
    explanation: 'The address cannot be registered with this business. If it is yours, sign in.',
  },
  email_taken: {
    status: 409,
    title: 'Another user has this e-mail address',
    retryable: false,
    explanation: 'Within one business an address belongs to one user, however it is spelled.',
  },
  last_owner: {
    status: 409,
    title: 'A business needs an OWNER',
    retryable: false,
    explanation:
      'The last active OWNER can be neither demoted nor disabled nor deleted. Make somebody else OWNER first.',
  },
  currency_locked: {
    status: 409,
    title: 'The currency cannot be changed any more',
    retryable: false,
    explanation: 'The business has orders. Its currency is the one that they are summed up in.',
  },
  slug_mismatch: {
    status: 422,
    title: 'This is not the slug of the business',
    retryable: false,
    explanation: 'To close a business its slug has to be typed as it is. Nothing was changed.',
  },
  role_taken: {
    status: 409,
    title: 'There is a role of this name',
    retryable: false,
    explanation: 'Names of roles are unique within a business, whatever their case.',
  },
  role_in_use: {
    status: 409,
    title: 'Somebody has this role',
    retryable: false,
    explanation: '`users` names up to 20 of them. Give them another role first.',
  },
  built_in_role: {
    status: 409,
    title: 'A built-in role stays as it is',
    retryable: false,
    explanation: 'Create a role of your own with the permissions that you want.',
  },
  unknown_role: {
    status: 422,
    title: 'There is no such role',
    retryable: false,
    explanation: 'GET /v1/roles lists the built-in roles and those of the business.',
  },
  too_many_roles: {
    status: 422,
    title: 'The business has too many roles',
    retryable: false,
    explanation: `A business has at most ${customRolesMax} roles of its own.`,
  },
  too_many_api_keys: {
    status: 422,
    title: 'The business has too many API keys',
    retryable: false,
    explanation: `A business has at most ${apiKeysMax} keys in use. Revoke those that nobody uses.`,
  },
} as const satisfies Record<string, ErrorEntry>;
