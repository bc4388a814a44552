// Who may call what: every role, every permission alone, a machine and nobody, on every operation. What is expected
// follows from `x-permission` and the table of permissions.
// A request with an unknown query field changes nothing, and its answer tells how far it got: 400 is past the check.
import {
  accessApi,
  type Permission,
  packPermissions,
  permissions,
  permissionsOf,
  roles,
} from '@holdfast/shared/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { Business } from '../e2e/business.ts';
import { type DescribedOperation, named, operations } from './operations.ts';
import { atGateway, atService, type Send } from './places.ts';
import { expectProblem } from './problems.ts';
import { openSigner, type Signer } from './signer.ts';
import { bodyWith } from './world.ts';

type Caller = { name: string; permissions: ReadonlySet<string>; token: string | undefined; isMachine: boolean };

/** One of each service: which permissions a key gives, its access token tells like any other. */
const machinePermissions: Permission[] = ['users:read', 'products:write', 'stock:adjust', 'orders:create'];

let business: Business;
const callers: Caller[] = [];

async function inRole(name: string, held: ReadonlySet<string>): Promise<Caller> {
  const { token } = name === 'CUSTOMER' ? await business.registerCustomer() : await business.employ(name);
  return { name, permissions: held, token, isMachine: false };
}

/** Somebody whose role has this permission and no other. */
function inRoleFor(permission: Permission, { resign }: Signer): Caller {
  const held = new Set([permission]);
  const token = resign(business.owner.token, { claims: { role: 'Only', perms: packPermissions(held), rv: 1 } });
  return { name: `a role for ${permission}`, permissions: held, token, isMachine: false };
}

/** A machine whose key has this permission and no other. */
async function machineFor(permission: Permission): Promise<Caller> {
  const body = { name: permission, permissions: [permission] };
  const key = await business.call<{ key: string }>('POST', '/v1/api-keys', { body });
  expect(key.status, key.text).toBe(201);
  return {
    name: `a key for ${permission}`,
    permissions: new Set([permission]),
    token: key.body.key,
    isMachine: true,
  };
}

beforeAll(async () => {
  business = await Business.signUp();
  const signer = await openSigner();
  const held: Permission[] = ['products:read', 'users:read'];
  await business.client.call(accessApi.createRole, { body: { name: 'Clerk', permissions: held } });
  const built = roles.filter((role) => role !== 'OWNER').map((role) => inRole(role, permissionsOf(role)));
  callers.push(
    { name: 'OWNER', permissions: permissionsOf('OWNER'), token: business.owner.token, isMachine: false },
    ...(await Promise.all([...built, inRole('Clerk', new Set(held))])),
    ...permissions.map((permission) => inRoleFor(permission, signer)),
    ...(await Promise.all(machinePermissions.map(machineFor))),
    { name: 'nobody', permissions: new Set(), token: undefined, isMachine: false },
  );
});

function expected({ permission }: DescribedOperation, { permissions: held, token }: Caller): 400 | 401 | 403 {
  if (permission === 'public') return 400;
  if (token === undefined) return 401;
  if (permission === 'session') return 400;
  if (permission === null) throw new Error('an operation without x-permission');
  return permission.some((one) => held.has(one)) ? 400 : 403;
}

async function compare(operation: DescribedOperation, send: Send, asked: readonly Caller[]): Promise<void> {
  const path = `${operation.path.replaceAll(/\{\w+\}/g, 'unknown')}?notKnown=1`;
  const answers = await Promise.all(
    asked.map(async (caller) => {
      const answer = await send(operation.method, path, { token: caller.token, body: bodyWith(operation, {}) });
      expectProblem(answer, [400, 401, 403]);
      return [caller.name, answer.status];
    }),
  );
  expect(answers).toEqual(asked.map((caller) => [caller.name, expected(operation, caller)]));
}

describe.each(named(operations))('%s', (_id, operation) => {
  it('is for whom the table says, at the gateway', () => compare(operation, atGateway, callers));

  it('is for whom the table says, past the gateway', () => {
    // An API key is traded for a token at the gateway.
    const people = callers.filter(({ isMachine }) => !isMachine);
    return compare(operation, atService(operation.service), people);
  });
});
