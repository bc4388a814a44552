// Events of auth. No name, e-mail or address: erasing a person must stay possible.
import { z } from 'zod';
import { defineEvents } from '../event.ts';
import { tenantSettings } from './settings.ts';

const tenant = z.looseObject({
  tenantId: z.string(),
  slug: z.string(),
  currency: z.string(),
  timeZone: z.string(),
  /** Where one is absent, as in events of an older release, its default holds. */
  settings: z.looseObject(tenantSettings.partial().shape).optional(),
  status: z.enum(['open', 'closed']).optional(),
  /** The version at which the business was closed last, else 0: access tokens of an older one are dead. */
  accessVersion: z.int().optional(),
});
const user = z.looseObject({ userId: z.string(), role: z.string() });
/**
 * `invited` came later: in a rolling update what reads events is updated before auth, which is the first to publish it.
 */
const userStatus = z.enum(['active', 'invited', 'disabled', 'deleted']);
/** Absent for an active user. */
const createdUser = z.looseObject({ ...user.shape, status: userStatus.optional() });
/**
 * `accessVersion` is the user's version when its rights or sessions changed last: access tokens of an older one are
 * dead, but for those of `exceptSessionId`.
 */
const changedUser = z.looseObject({
  ...user.shape,
  status: userStatus,
  accessVersion: z.int(),
  exceptSessionId: z.string().optional(),
  /** Since when nothing is kept that tells who the user was; others erase what they keep. */
  erasedAt: z.iso.datetime().optional(),
});

export const authEvents = defineEvents('auth', {
  tenantCreated: { name: 'tenant.created', summary: 'A business signed up.', data: tenant },
  tenantUpdated: {
    name: 'tenant.updated',
    summary: 'A business changed its time zone or a setting, was closed or reopened.',
    data: tenant,
  },
  tenantSnapshot: {
    name: 'tenant.snapshot',
    summary: 'Full state of a business, re-emitted for resync.',
    data: tenant,
  },
  userCreated: { name: 'user.created', summary: 'A user was created, invited or registered.', data: createdUser },
  userUpdated: {
    name: 'user.updated',
    summary: 'A user changed: role, status, or that older sessions have ended.',
    data: changedUser,
  },
  userDeleted: { name: 'user.deleted', summary: 'A user was deleted; others keep the id.', data: changedUser },
  userErased: {
    name: 'user.erased',
    summary: 'A user is gone, and with it all that tells who it was; whoever keeps personal data of it erases it.',
    data: changedUser,
  },
  userSnapshot: {
    name: 'user.snapshot',
    summary: 'Full state of a user, re-emitted for resync.',
    data: z.looseObject({
      ...user.shape,
      ...changedUser.pick({ status: true, accessVersion: true, erasedAt: true }).partial().shape,
    }),
  },
  apiKeyRevoked: {
    name: 'api_key.revoked',
    summary: 'An API key was revoked; its access tokens are dead.',
    data: z.looseObject({ apiKeyId: z.string(), revokedAt: z.iso.datetime() }),
  },
  sessionRevoked: {
    name: 'session.revoked',
    summary: 'A session ended before its time; its access tokens are dead.',
    data: z.looseObject({
      sessionId: z.string(),
      userId: z.string(),
      reason: z.enum(['logout', 'refresh_token_reused', 'ended']),
      revokedAt: z.iso.datetime(),
    }),
  },
});
export const {
  tenantCreated,
  tenantUpdated,
  tenantSnapshot,
  userCreated,
  userUpdated,
  userDeleted,
  userErased,
  userSnapshot,
  apiKeyRevoked,
  sessionRevoked,
} = authEvents;
