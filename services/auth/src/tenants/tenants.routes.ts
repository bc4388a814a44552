// The routes of tenants: their own, and those of the operator of the installation.
import { authApi, ratePlans, tenantApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { addInternalCommand, addInternalRoute, registerOperation } from '@holdfast/shared/http';
import { asTenant } from '@holdfast/shared/persistence';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { deviceOf } from '../sessions/device.ts';
import { toUserResponse } from '../users/users.routes.ts';
import { closeTenant } from './close-tenant.ts';
import { createTenant } from './create-tenant.ts';
import { grantRatePlan, reopenTenant } from './operate-tenant.ts';
import type { Tenant } from './tenant.ts';
import { updateTenant } from './update-tenant.ts';

const namedTenant = z.strictObject({ slug: z.string().min(1).max(64) });
const identifiedTenant = z.strictObject({ id: z.string().min(1).max(64) });
const grant = namedTenant.extend({ ratePlan: z.enum(ratePlans) });

/** Adds POST /v1/tenants, /v1/tenant, the operator's commands, and what other services ask of a business. */
export function addTenantRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, authApi.createTenant, async ({ body, request }) => {
    const { tenant, user, ...tokens } = await createTenant({ ...body, device: deviceOf(request) }, deps);
    return { status: 201, body: { tenant: toResponse(tenant), user: toUserResponse(user), ...tokens } };
  });
  registerOperation(app, tenantApi.readTenant, async ({ auth }) => {
    const tenant = await deps.tenants.read(auth.tenantId);
    if (!tenant) throw new DomainError('not_found');
    return { status: 200, body: toResponse(tenant), etag: tenant.version };
  });
  registerOperation(app, tenantApi.updateTenant, async ({ auth, body, expectVersion }) => {
    const tenant = await updateTenant({ caller: auth, patch: body, expectVersion }, deps);
    return { status: 200, body: toResponse(tenant), etag: tenant.version };
  });
  registerOperation(app, tenantApi.closeTenant, async ({ auth, body }) => {
    const { id, slug } = await closeTenant({ caller: auth, slug: body.slug }, deps);
    return { status: 202, body: { id, slug, status: 'closed' as const } };
  });
  addOperatorRoutes(app, deps);
  addInternalRoute(app, '/internal/tenants/:id', deps.config.INTERNAL_TOKEN, async ({ params }) => {
    const { id } = parsed(identifiedTenant, params);
    const tenant = await asTenant(id, () => deps.tenants.read(id));
    if (!tenant) throw new DomainError('not_found');
    return { currency: tenant.currency, slug: tenant.slug };
  });
}

function addOperatorRoutes(app: FastifyInstance, deps: Deps): void {
  const { INTERNAL_TOKEN: token } = deps.config;
  addInternalCommand(app, '/internal/tenants/reopen', token, async ({ body }) => {
    const { slug } = parsed(namedTenant, body);
    return toOperatorResponse(await reopenTenant(slug, deps));
  });
  addInternalCommand(app, '/internal/tenants/rate-plan', token, async ({ body }) => {
    const { slug, ratePlan } = parsed(grant, body);
    return toOperatorResponse(await grantRatePlan(slug, ratePlan, deps));
  });
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success) throw new DomainError('validation_failed', { detail: z.prettifyError(result.error) });
  return result.data;
}

function toResponse({ id, slug, name, currency, timeZone, settings, version, createdAt }: Tenant) {
  return { id, slug, name, currency, timeZone, settings, version, createdAt: createdAt.toISOString() };
}

function toOperatorResponse({ id, slug, status, settings }: Tenant) {
  return { id, slug, status, ratePlan: settings.ratePlan };
}
