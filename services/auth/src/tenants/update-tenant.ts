// Staff change the name, the time zone and the settings of their business; the other services learn of it by event.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Caller, stampNow } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { patchTenant, type Tenant, type TenantPatch } from './tenant.ts';

export type UpdateTenant = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  patch: TenantPatch;
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
};

/** Merges a patch. Throws `stale_version`. */
export async function updateTenant({ caller, patch, expectVersion }: UpdateTenant, deps: Deps): Promise<Tenant> {
  const { tenantId, userId } = caller;
  const tenant = await inTransaction(deps.database, async (session) => {
    const stored = await deps.tenants.read(tenantId, session);
    if (!stored) throw new DomainError('not_found');
    expectVersion(stored.version);
    const changed = patchTenant(stored, patch, stampNow(deps.clock, correlation()));
    if (!changed) return stored;
    await deps.tenants.save(changed, session);
    return changed.after;
  });
  deps.log.info({ tenantId, changedBy: userId, version: tenant.version }, 'tenant changed');
  return tenant;
}
