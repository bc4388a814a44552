// An invited user chooses a password and is signed in.
import type { Deps } from '../deps.ts';
import { refuseCommonPassword } from '../passwords/password.ts';
import { type OpenedSession, openSession, type TokenPair, tokenPair } from '../sessions/open-session.ts';
import type { Device } from '../sessions/session.ts';
import { changePassword, type User } from '../users/user.ts';
import { spendToken } from './spend-token.ts';

export type AcceptInvitation = { token: string; password: string; device: Device };

/** Makes the user active, with a session. Throws `invalid_token`, `validation_failed`, `busy`. */
export async function acceptInvitation(
  { token: text, password, device }: AcceptInvitation,
  deps: Deps,
): Promise<{ user: User } & TokenPair> {
  refuseCommonPassword(password, '/password');
  let passwordHash = '';
  const { user, done } = await spendToken<OpenedSession>(
    {
      text,
      kind: 'invitation',
      prepare: async () => {
        passwordHash = await deps.passwords.hash(password);
      },
      decide: (before, stamp) => {
        const { after, events } = changePassword({ ...before, emailVerified: true }, passwordHash, { stamp });
        return { before, after, events };
      },
      also: (accepted, session) => openSession({ user: accepted, device }, deps, session),
    },
    deps,
  );
  deps.log.info({ tenantId: user.tenantId, userId: user.id }, 'invitation accepted');
  return { user, ...(await tokenPair(user, done!, deps)) };
}
