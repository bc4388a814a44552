// Choosing a password with a mailed token: the one of a reset, or the one of an invitation.
// Invariant: whoever shows the token has read the mail, so that the address is verified as well.
import type { Session } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import { refuseCommonPassword } from '../passwords/password.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { StoredUser } from '../users/user.store.ts';
import { changePassword } from '../users/user.ts';
import { assertGood, spendToken } from './spend-token.ts';

export type ChoosePassword<Done> = {
  text: string;
  kind: 'password_reset' | 'invitation';
  password: string;
  /** Where the password is in the body. */
  pointer: string;
  /** What else belongs to the transaction. */
  also: (who: { user: StoredUser; tenant: Tenant }, session: Session) => Promise<Done>;
};

/** Sets the password, which ends every session. Throws `invalid_token`, `validation_failed`, `busy`. */
export async function choosePassword<Done>(
  { text, kind, password, pointer, also }: ChoosePassword<Done>,
  deps: Deps,
): Promise<{ user: StoredUser; tenant: Tenant; done: Done }> {
  refuseCommonPassword(password, pointer);
  // Before the work of a hash, and again in the transaction.
  const { tenantId } = await assertGood({ text, kind }, deps);
  const passwordHash = await deps.passwords.hash(password, tenantId);
  return spendToken(
    {
      text,
      kind,
      decide: (before, stamp) => {
        const { after, events } = changePassword({ ...before, emailVerified: true }, passwordHash, { stamp });
        return { before, after, events };
      },
      also,
    },
    deps,
  );
}
