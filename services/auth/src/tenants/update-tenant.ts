// Staff change the name, the time zone and the settings of their business; the other services learn of it by event.
import type { Caller } from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { changeTenant } from './change-tenant.ts';
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
  const tenant = await changeTenant(
    tenantId,
    (stored, stamp) => {
      expectVersion(stored.version);
      return patchTenant(stored, patch, stamp);
    },
    deps,
  );
  deps.log.info({ tenantId, changedBy: userId, version: tenant.version }, 'tenant changed');
  return tenant;
}
