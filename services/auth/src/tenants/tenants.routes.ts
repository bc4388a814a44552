// The routes of tenants.
import { authApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { deviceOf } from '../sessions/device.ts';
import { toUserResponse } from '../users/users.routes.ts';
import { createTenant } from './create-tenant.ts';
import type { Tenant } from './tenant.ts';
import { updateTenant } from './update-tenant.ts';

/** Adds POST /v1/tenants and /v1/tenant. */
export function addTenantRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, authApi.createTenant, async ({ body, request }) => {
    const { tenant, user, ...tokens } = await createTenant({ ...body, device: deviceOf(request) }, deps);
    return { status: 201, body: { tenant: toResponse(tenant), user: toUserResponse(user), ...tokens } };
  });
  registerOperation(app, authApi.readTenant, async ({ auth }) => {
    const tenant = await deps.tenants.read(auth.tenantId);
    if (!tenant) throw new DomainError('not_found');
    return { status: 200, body: toResponse(tenant), etag: tenant.version };
  });
  registerOperation(app, authApi.updateTenant, async ({ auth, body, expectVersion }) => {
    const tenant = await updateTenant({ caller: auth, patch: body, expectVersion }, deps);
    return { status: 200, body: toResponse(tenant), etag: tenant.version };
  });
}

function toResponse({ id, slug, name, currency, timeZone, settings, version, createdAt }: Tenant) {
  return { id, slug, name, currency, timeZone, settings, version, createdAt: createdAt.toISOString() };
}
