/** The routes of tenants. */
import { createTenant as createTenantOperation, readTenant } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { userAnswer } from '../users/users.routes.ts';
import { createTenant } from './create-tenant.ts';
import type { Tenant } from './tenant.ts';

/** Adds POST /v1/tenants and GET /v1/tenant. */
export function addTenantRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, createTenantOperation, async ({ body }) => {
    const { tenant, user, ...tokens } = await createTenant(deps, body);
    return { status: 201, body: { tenant: tenantAnswer(tenant), user: userAnswer(user), ...tokens } };
  });
  registerOperation(app, readTenant, async ({ auth }) => {
    const tenant = await deps.tenants.read(auth.tenantId);
    if (!tenant) throw new DomainError('not_found');
    return { status: 200, body: tenantAnswer(tenant), etag: tenant.version };
  });
}

function tenantAnswer({ id, slug, name, currency, timeZone, version, createdAt }: Tenant) {
  return { id, slug, name, currency, timeZone, version, createdAt: createdAt.toISOString() };
}
