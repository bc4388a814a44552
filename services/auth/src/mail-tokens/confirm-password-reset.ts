// A user sets a new password with the token of a mail: every session of before ends.
import type { Deps } from '../deps.ts';
import { refuseCommonPassword } from '../passwords/password.ts';
import { changePassword } from '../users/user.ts';
import { spendToken } from './spend-token.ts';

/** Sets the password; the address is verified, as the mail has arrived. Throws `invalid_token`, `validation_failed`. */
export async function confirmPasswordReset(
  { token: text, newPassword }: { token: string; newPassword: string },
  deps: Deps,
): Promise<void> {
  refuseCommonPassword(newPassword, '/newPassword');
  let passwordHash = '';
  const { user } = await spendToken(
    {
      text,
      kind: 'password_reset',
      prepare: async () => {
        passwordHash = await deps.passwords.hash(newPassword);
      },
      decide: (before, stamp) => {
        const { after, events } = changePassword({ ...before, emailVerified: true }, passwordHash, { stamp });
        return { before, after, events };
      },
    },
    deps,
  );
  deps.log.info({ tenantId: user.tenantId, userId: user.id }, 'password reset');
}
