// Events of auth. No name, e-mail or address: erasing a person must stay possible.
import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { roles } from '../permissions.ts';

const tenant = z.looseObject({ tenantId: z.string(), slug: z.string(), currency: z.string(), timeZone: z.string() });
const user = z.looseObject({ userId: z.string(), role: z.enum(roles) });

export const tenantCreated = defineEvent('auth', 'tenant.created', 1, 'A business signed up.', tenant);
export const tenantSnapshot = defineEvent('auth', 'tenant.snapshot', 1, 'A business as it is, told again.', tenant);
export const userCreated = defineEvent('auth', 'user.created', 1, 'A user was created or registered.', user);
export const userSnapshot = defineEvent('auth', 'user.snapshot', 1, 'A user as it is, told again.', user);
export const sessionRevoked = defineEvent(
  'auth',
  'session.revoked',
  1,
  'A session ended before its time; its access tokens are dead.',
  z.looseObject({
    sessionId: z.string(),
    userId: z.string(),
    reason: z.enum(['logout', 'refresh_token_reused']),
    revokedAt: z.iso.datetime(),
  }),
);
