// The routes of roles.
import { accessApi, roles as builtInRoles } from '@holdfast/shared/contracts';
import { registerList, registerOperation } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { createRole } from './create-role.ts';
import { deleteRole, updateRole } from './manage-role.ts';
import { builtInRole, type CustomRole, type Role, roleKeyOf, toRole } from './role.ts';

/** Adds /v1/roles. */
export function addRoleRoutes(app: FastifyInstance, deps: Deps): void {
  registerList(app, accessApi.listRoles, {
    /**
     * Built-in roles stand before the tenant's own: their places are their numbers, those of the others their names.
     */
    async list({ auth }, { limit, after }) {
      const skipped = typeof after?.sort === 'number' ? after.sort + 1 : after === undefined ? 0 : builtInRoles.length;
      const builtIn = builtInRoles.slice(skipped, skipped + limit).map((name) => builtInRole(name)!);
      const range = { limit: limit - builtIn.length, after: typeof after?.sort === 'string' ? after : undefined };
      const own = range.limit > 0 ? await deps.roles.list({ tenantId: auth.tenantId }, range) : [];
      return [...builtIn, ...own.map(toRole)];
    },
    toResponse,
    placeOf: ({ name, version }) => ({
      sort: version === 0 ? (builtInRoles as readonly string[]).indexOf(name) : roleKeyOf(name),
      id: name,
    }),
  });
  registerOperation(app, accessApi.createRole, async ({ auth, body, idempotencyKey }) => {
    const { created, replayed } = await createRole({ ...body, caller: auth, requestKey: idempotencyKey }, deps);
    const headers = { location: `/v1/roles/${encodeURIComponent(created.name)}` };
    return { status: 201, ...found(created), headers, replayed };
  });
  registerOperation(app, accessApi.updateRole, async ({ auth, params, body, expectVersion }) => {
    const changed = await updateRole({ caller: auth, name: params.name, patch: body, expectVersion }, deps);
    return { status: 200, ...found(changed) };
  });
  registerOperation(app, accessApi.deleteRole, async ({ auth, params, expectVersion }) => {
    await deleteRole({ caller: auth, name: params.name, expectVersion }, deps);
    return { status: 204 };
  });
}

function found(role: CustomRole) {
  return { body: toResponse(toRole(role)), etag: role.version };
}

function toResponse({ name, permissions, version }: Role) {
  return { name, permissions: [...permissions], builtIn: version === 0, version };
}
