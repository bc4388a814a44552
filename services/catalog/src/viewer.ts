// What a caller may see of the catalog. Invariant: customers see only what is for sale,
// and only those who may change products see a cost.
import type { Permission } from '@holdfast/shared/contracts';

export type Viewer = { tenantId: string; onlyForSale: boolean; seesCost: boolean };

/** The view of this caller. */
export function viewerOf(auth: {
  tenantId: string;
  role: string;
  permissions: ReadonlySet<Permission | string>;
}): Viewer {
  return {
    tenantId: auth.tenantId,
    onlyForSale: auth.role === 'CUSTOMER',
    seesCost: auth.role !== 'CUSTOMER' && auth.permissions.has('products:write'),
  };
}
