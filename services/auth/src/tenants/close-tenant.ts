// The OWNER closes the business.
// Invariant: within seconds nobody of it gets in, by token, session, key or password, and to everybody else it is as if
// it did not exist.
import { DomainError } from '@holdfast/shared/errors';
import type { Caller } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { changeTenant } from './change-tenant.ts';
import { closeTenant as decideClosing, type Tenant } from './tenant.ts';

export type CloseTenant = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  /** As typed by who closes it. */
  slug: string;
};

/** Closes the business of the caller. Throws `slug_mismatch`. */
export async function closeTenant({ caller, slug }: CloseTenant, deps: Deps): Promise<Tenant> {
  const { tenantId, userId } = caller;
  const tenant = await changeTenant(
    tenantId,
    (stored, stamp) => {
      if (slug !== stored.slug) throw new DomainError('slug_mismatch');
      return decideClosing(stored, stamp);
    },
    deps,
  );
  deps.revocations.add({ tenantId, tenantVersion: tenant.accessVersion });
  deps.log.warn({ tenantId, closedBy: userId }, 'tenant closed');
  return tenant;
}
