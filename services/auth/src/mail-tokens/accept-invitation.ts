// An invited user chooses a password and is signed in.
import type { Deps } from '../deps.ts';
import { openSession, type TokenPair, tokenPair } from '../sessions/open-session.ts';
import type { Device } from '../sessions/session.ts';
import type { User } from '../users/user.ts';
import { choosePassword } from './choose-password.ts';

export type AcceptInvitation = { token: string; password: string; device: Device };

/** Makes the user active, with a session. Throws `invalid_token`, `validation_failed`, `busy`. */
export async function acceptInvitation(
  { token, password, device }: AcceptInvitation,
  deps: Deps,
): Promise<{ user: User } & TokenPair> {
  const {
    user,
    tenant,
    done: opened,
  } = await choosePassword(
    {
      text: token,
      kind: 'invitation',
      password,
      pointer: '/password',
      also: ({ user: accepted, tenant: of }, session) =>
        openSession({ user: accepted, tenant: of, device }, deps, session),
    },
    deps,
  );
  deps.log.info({ tenantId: user.tenantId, userId: user.id }, 'invitation accepted');
  return { user, ...(await tokenPair({ user, tenant }, opened, deps)) };
}
