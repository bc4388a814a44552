// Roles of a tenant's own: made of what the maker has, given, changed and deleted.
import { roles as builtInRoles, permissionsOf } from '@holdfast/shared/contracts';
import { testName, until, withKey } from '@holdfast/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, goodPassword, openFixture, type SignUp, testConfig } from '../auth.fixture.ts';

const config = testConfig();
let auth: Fixture;
let replica: Fixture;
let fjord: SignUp;
beforeAll(async () => {
  auth = await openFixture({ config });
  replica = await openFixture({ config });
  fjord = await auth.signUp();
});
afterAll(() => Promise.all([auth.close(), replica.close()]));

const owner = () => auth.as(fjord.accessToken);
const newName = () => `Buyer-${testName('r').slice(-8)}`;
const buyer = ['products:read', 'stock:read', 'purchase-orders:write', 'profile:own'];

async function member(role: string, by = fjord.accessToken) {
  const email = `${testName('r')}@fjord.example`;
  const created = await auth.as(by).post('/v1/users', { name: 'Sam', email, password: goodPassword, role });
  const { body } = await auth.as().post('/v1/auth/login', { tenant: fjord.tenant.slug, email, password: goodPassword });
  return {
    status: created.status,
    code: created.body.code,
    id: created.body.id,
    token: body.accessToken,
    refreshToken: body.refreshToken,
  };
}
const permissionsAt = async (service: Fixture, token: string) =>
  (await service.as(token).get('/v1/me/permissions')).body.permissions;

describe('a role of a tenant', () => {
  it('is listed after the built-in ones, page by page, and is nobody else’s', async () => {
    const shop = await auth.signUp();
    const as = auth.as(shop.accessToken);
    for (const name of ['zeta', 'Alpha', 'beta']) {
      const { status, body, headers } = await as.post('/v1/roles', { name, permissions: buyer });
      expect([status, headers.etag, headers.location]).toEqual([201, '"1"', `/v1/roles/${name}`]);
      expect(body).toMatchObject({ name, permissions: buyer, builtIn: false, version: 1 });
    }
    const names: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await as.get(`/v1/roles?limit=4${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      const page = body as unknown as { data: { name: string; builtIn: boolean }[]; nextCursor: string | null };
      names.push(...page.data.map(({ name }) => name));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(names).toEqual([...builtInRoles, 'Alpha', 'beta', 'zeta']);
    expect(JSON.stringify((await owner().get('/v1/roles?limit=100')).body)).not.toContain('zeta');
    expect((await owner().patch('/v1/roles/zeta', { permissions: [] })).status).toBe(404);
  });

  it('gives just its permissions, on every replica', async () => {
    const name = newName();
    await owner().post('/v1/roles', { name, permissions: buyer });
    const sam = await member(name);
    expect(await permissionsAt(auth, sam.token)).toEqual(buyer.toSorted(inTable));
    expect(await permissionsAt(replica, sam.token)).toEqual(buyer.toSorted(inTable));
    expect((await auth.as(sam.token).get('/v1/users')).status).toBe(403);
  });

  it('that changes is in force on every replica within 5 s; the session goes on with a new token', async () => {
    const name = newName();
    await owner().post('/v1/roles', { name, permissions: buyer });
    const sam = await member(name);
    const changed = await owner().patch(`/v1/roles/${name}`, { permissions: ['users:read', 'profile:own'] });
    expect(changed).toMatchObject({ status: 200, body: { version: 2, permissions: ['users:read', 'profile:own'] } });
    const isRefused = async (service: Fixture) => (await service.as(sam.token).get('/v1/me')).status === 401;
    expect(await isRefused(auth)).toBe(true);
    await until(() => isRefused(replica), { what: 'the replica knows', timeoutMs: 5_000 });
    const { body } = await auth.as().post('/v1/auth/refresh', { refreshToken: sam.refreshToken });
    expect(await permissionsAt(replica, body.accessToken)).toEqual(['users:read', 'profile:own']);
    expect((await auth.as(body.accessToken).get('/v1/users')).status).toBe(200);
    const same = await owner().patch(`/v1/roles/${name}`, { permissions: ['profile:own', 'users:read'] });
    expect(same.body).toMatchObject({ version: 2 });
  });

  it('is known after a restart to have changed', async () => {
    const name = newName();
    await owner().post('/v1/roles', { name, permissions: buyer });
    const sam = await member(name);
    await owner().patch(`/v1/roles/${name}`, { permissions: [] });
    const restarted = await openFixture({ config });
    expect((await restarted.as(sam.token).get('/v1/me')).status).toBe(401);
    await restarted.close();
  });

  it('is made once under a key, and its name is taken once, whatever its case', async () => {
    const name = newName();
    const body = { name, permissions: buyer };
    const key = testName('k');
    const create = (sent: object, withThis = key) => owner().post('/v1/roles', sent, withKey(withThis));
    const first = await create(body);
    await owner().patch(`/v1/roles/${name}`, { permissions: [] });
    expect(await create(body)).toMatchObject({
      status: 201,
      body: first.body,
      headers: { 'idempotency-replayed': 'true' },
    });
    expect((await create({ ...body, permissions: [] })).body.code).toBe('idempotency_key_reused');
    expect((await create({ ...body, name: name.toUpperCase() }, testName('k'))).body.code).toBe('role_taken');
    for (const reserved of ['OWNER', 'customer', 'x y', '']) {
      expect((await create({ ...body, name: reserved }, testName('k'))).status).toBe(400);
    }
    expect((await create({ ...body, name: newName(), permissions: ['everything'] }, testName('k'))).status).toBe(400);
  });

  it('has no permission that its maker lacks, and is given by nobody who lacks one', async () => {
    const admin = await member('ADMIN');
    const as = auth.as(admin.token);
    const privileged = { name: newName(), permissions: ['users:write-privileged'] };
    expect((await as.post('/v1/roles', privileged)).body.code).toBe('forbidden');
    expect((await owner().post('/v1/roles', privileged)).status).toBe(201);
    expect((await as.patch(`/v1/roles/${privileged.name}`, { permissions: ['tenant:close'] })).body.code).toBe(
      'forbidden',
    );
    expect((await member(privileged.name, admin.token)).code).toBe('forbidden');
    const clerk = newName();
    await owner().post('/v1/roles', {
      name: clerk,
      permissions: ['users:read', 'users:write', ...permissionsOf('STAFF')],
    });
    const sam = await member(clerk);
    expect((await member('STAFF', sam.token)).status).toBe(201);
    expect((await member('MANAGER', sam.token)).code).toBe('forbidden');
    expect((await auth.as(sam.token).patch(`/v1/users/${sam.id}`, { role: 'SUPPORT' })).body.code).toBe('forbidden');
    const manager = await member('MANAGER');
    expect(
      (await auth.as(sam.token).post(`/v1/users/${manager.id}/password`, { newPassword: 'x'.repeat(20) })).body.code,
    ).toBe('forbidden');
  });

  it('is not deleted while somebody has it; the answer says who', async () => {
    const name = newName();
    await owner().post('/v1/roles', { name, permissions: buyer });
    const sam = await member(name);
    expect(await owner().delete(`/v1/roles/${name}`)).toMatchObject({
      status: 409,
      body: { code: 'role_in_use', users: [sam.id] },
    });
    await owner().patch(`/v1/users/${sam.id}`, { role: 'STAFF' });
    expect((await owner().delete(`/v1/roles/${name}`)).status).toBe(204);
    expect((await owner().patch(`/v1/users/${sam.id}`, { role: name })).body.code).toBe('unknown_role');
    expect((await owner().delete('/v1/roles/ADMIN')).body.code).toBe('built_in_role');
  });

  it('made anew under the name of one that was changed and deleted works at once, on every replica', async () => {
    const name = newName();
    await owner().post('/v1/roles', { name, permissions: buyer });
    for (const permissions of [[], buyer, []]) await owner().patch(`/v1/roles/${name}`, { permissions });
    expect((await owner().delete(`/v1/roles/${name}`)).status).toBe(204);
    expect((await owner().post('/v1/roles', { name, permissions: buyer })).body).toMatchObject({ version: 1 });
    const sam = await member(name);
    await replica.deps.revocations.poll();
    for (const service of [auth, replica])
      expect(await permissionsAt(service, sam.token)).toEqual(buyer.toSorted(inTable));
  });

  it('is either given or deleted when both happen at once', async () => {
    const sam = await member('STAFF');
    for (let round = 0; round < 5; round += 1) {
      const name = newName();
      await owner().post('/v1/roles', { name, permissions: buyer });
      const [given, deleted] = await Promise.all([
        owner().patch(`/v1/users/${sam.id}`, { role: name }),
        owner().delete(`/v1/roles/${name}`),
      ]);
      const outcome = [given.status, deleted.status];
      expect([
        [200, 409],
        [422, 204],
      ]).toContainEqual(outcome);
      await owner().patch(`/v1/users/${sam.id}`, { role: 'STAFF' });
    }
  });
});

/** The order of the table, in which a token names permissions. */
function inTable(a: string, b: string): number {
  const order = [...permissionsOf('OWNER'), 'stock:availability'] as string[];
  return order.indexOf(a) - order.indexOf(b);
}
