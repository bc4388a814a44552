// What the operator of the installation does to a business: reopen it, grant a rate plan.
import type { RatePlan } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { Deps } from '../deps.ts';
import { changeTenant } from './change-tenant.ts';
import { grantRatePlan as decideGrant, reopenTenant as decideReopening, type Tenant } from './tenant.ts';

/** Opens a closed business; its people have to sign in again. Throws `not_found`. */
export async function reopenTenant(slug: string, deps: Deps): Promise<Tenant> {
  const tenant = await changeTenant(await idOf(slug, deps), decideReopening, deps);
  deps.log.warn({ tenantId: tenant.id }, 'tenant reopened');
  return tenant;
}

/** Grants a rate plan; in force with the next access tokens, within their life. Throws `not_found`. */
export async function grantRatePlan(slug: string, ratePlan: RatePlan, deps: Deps): Promise<Tenant> {
  const id = await idOf(slug, deps);
  const tenant = await changeTenant(id, (stored, stamp) => decideGrant(stored, ratePlan, stamp), deps);
  deps.log.warn({ tenantId: tenant.id, ratePlan }, 'rate plan granted');
  return tenant;
}

async function idOf(slug: string, deps: Deps): Promise<string> {
  const found = await deps.tenants.findAnyBySlug(slug);
  if (!found) throw new DomainError('not_found');
  return found.id;
}
