// The only way in which a business changes: read it, decide, store the change with its event.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Stamp, stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import type { Tenant, TenantChange } from './tenant.ts';

/** The business after what was decided on it, if anything. Throws `not_found`, and what the decider throws. */
export function changeTenant(
  tenantId: string,
  decide: (stored: Tenant, stamp: Stamp) => TenantChange | undefined,
  deps: Pick<Deps, 'database' | 'tenants' | 'clock'>,
): Promise<Tenant> {
  return inTransaction(deps.database, async (session) => {
    const stored = await deps.tenants.read(tenantId, session);
    if (!stored) throw new DomainError('not_found');
    const change = decide(stored, stampNow(deps.clock, correlation()));
    if (!change) return stored;
    await deps.tenants.save(change, session);
    return change.after;
  });
}
