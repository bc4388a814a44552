// Staff change the name, currency, time zone and settings of their business; the other services learn of it by event.
// Invariant: the currency stays once there are orders. One that is placed in the same moment keeps its own currency.
import { DomainError } from '@holdfast/shared/errors';
import type { Caller } from '@holdfast/shared/values';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { changeTenant } from './change-tenant.ts';
import { patchTenant, type Tenant, type TenantPatch } from './tenant.ts';

export type UpdateTenant = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  patch: TenantPatch;
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
};

/** Merges a patch. Throws `stale_version`, `currency_locked`, and `unavailable` when orders cannot be asked. */
export async function updateTenant({ caller, patch, expectVersion }: UpdateTenant, deps: Deps): Promise<Tenant> {
  const { tenantId, userId } = caller;
  const isFree = patch.currency === undefined || !(await hasOrders(tenantId, deps));
  const tenant = await changeTenant(
    tenantId,
    (stored, stamp) => {
      expectVersion(stored.version);
      const isOther = patch.currency !== undefined && patch.currency !== stored.currency;
      if (isOther && !isFree) throw new DomainError('currency_locked');
      return patchTenant(stored, patch, stamp);
    },
    deps,
  );
  deps.log.info({ tenantId, changedBy: userId, version: tenant.version }, 'tenant changed');
  return tenant;
}

const answer = z.object({ hasOrders: z.boolean() });

async function hasOrders(tenantId: string, { askOrders, log }: Pick<Deps, 'askOrders' | 'log'>): Promise<boolean> {
  try {
    return answer.parse(await askOrders(`/internal/tenants/${encodeURIComponent(tenantId)}`)).hasOrders;
  } catch (error) {
    log.warn({ err: error, tenantId }, 'orders could not be asked');
    throw new DomainError('unavailable', { detail: 'Whether there are orders is not known now.' });
  }
}
