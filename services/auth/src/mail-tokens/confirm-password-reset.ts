// A user sets a new password with the token of a mail: every session of before ends.
import type { Deps } from '../deps.ts';
import { choosePassword } from './choose-password.ts';

export type ConfirmPasswordReset = { token: string; newPassword: string };

/** Throws `invalid_token`, `validation_failed`, `busy`. */
export async function confirmPasswordReset({ token, newPassword }: ConfirmPasswordReset, deps: Deps): Promise<void> {
  const chosen = { text: token, kind: 'password_reset', password: newPassword, pointer: '/newPassword' } as const;
  const { user } = await choosePassword({ ...chosen, also: async () => {} }, deps);
  deps.log.info({ tenantId: user.tenantId, userId: user.id }, 'password reset');
}
