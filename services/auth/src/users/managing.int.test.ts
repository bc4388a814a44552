// Staff manage users: lists, changes, passwords, deletion, and what becomes of tokens.
import type { Role } from '@holdfast/shared/contracts';
import { asSystem } from '@holdfast/shared/persistence';
import { testName, until, withKey } from '@holdfast/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, type Fixture, goodPassword, openFixture, type SignUp, testConfig } from '../auth.fixture.ts';

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

const newAddress = () => `${testName('m')}@fjord.example`;
const owner = () => auth.as(fjord.accessToken);
const signIn = (email: string, password = goodPassword, slug = fjord.tenant.slug) =>
  auth.as().post('/v1/auth/login', { tenant: slug, email, password });

/** Somebody of this role, signed in. */
async function member(role: Role, email = newAddress(), name = 'Sam Ruiz') {
  const { body: user } = await owner().post('/v1/users', { name, email, password: goodPassword, role });
  const { body } = await signIn(email);
  return { id: user.id, email, token: body.accessToken, refreshToken: body.refreshToken };
}
const me = (token: string, service = auth) => service.as(token).get('/v1/me');

describe('reading users', () => {
  it('shows one with its ETag, and another business nothing', async () => {
    const sam = await member('STAFF');
    const answer = await owner().get(`/v1/users/${sam.id}`);
    expect(answer).toMatchObject({
      status: 200,
      body: { id: sam.id, email: sam.email, role: 'STAFF', status: 'active' },
    });
    expect(answer.headers.etag).toBe('"1"');
    const other = await auth.signUp();
    expect((await auth.as(other.accessToken).get(`/v1/users/${sam.id}`)).status).toBe(404);
  });

  it('lists newest first, in pages, by role and by status', async () => {
    const shop = await auth.signUp();
    const as = auth.as(shop.accessToken);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      const body = {
        name: `Staff ${n}`,
        email: newAddress(),
        password: goodPassword,
        role: n < 3 ? 'STAFF' : 'SUPPORT',
      };
      ids.unshift((await as.post('/v1/users', body)).body.id);
    }
    await as.patch(`/v1/users/${ids[0]}`, { status: 'disabled' });
    expect(await listAll(as, 'limit=2')).toEqual([...ids, shop.user.id]);
    expect(await listAll(as, 'limit=2&role=STAFF')).toEqual(ids.slice(2));
    expect(await listAll(as, 'status=disabled')).toEqual([ids[0]]);
    expect(await listAll(as, `ids=${ids[1]},${ids[3]},usr_unknown`)).toEqual(expect.arrayContaining([ids[1], ids[3]]));
  });

  it('finds by the beginning of the address, then of the name, nobody twice, in pages of one', async () => {
    const shop = await auth.signUp();
    const as = auth.as(shop.accessToken);
    const add = async (name: string, address: string, role = 'STAFF') =>
      (await as.post('/v1/users', { name, email: address, password: goodPassword, role })).body.id;
    const zoe = await add('Åse Zoe', 'anna.z@x.example');
    const anna = await add('Anna', 'anna.b@x.example');
    const named = await add('ANNA Lind', 'lind@x.example', 'SUPPORT');
    const twin = await add('anna lind', 'lind2@x.example');
    await add('Joanna', 'jo.anna@x.example');
    for (const limit of [1, 2, 20]) {
      const found = await listAll(as, `limit=${limit}&q=ANNA`);
      expect(found.slice(0, 2)).toEqual([anna, zoe]);
      expect(found.slice(2).sort()).toEqual([named, twin].sort());
    }
    expect(await listAll(as, 'q=anna&role=SUPPORT')).toEqual([named]);
    expect(await listAll(as, `q=${encodeURIComponent('.*')}`)).toEqual([]);
    await as.delete(`/v1/users/${twin}`);
    expect(await listAll(as, 'q=anna%20l')).toEqual([named]);
  });

  it('examines in a search only what it returns', async () => {
    const { db } = auth.deps.database;
    // Many whose name begins as their address does, found by that and not once more by their names; one who is not.
    for (const n of [1, 2, 3, 4, 5, 6]) await member('STAFF', `zoe${n}.${newAddress()}`, `Zoe ${n}`);
    const other = await member('STAFF', newAddress(), 'Zoe the other');
    await asSystem('profile', () => db.command({ profile: 2 }));
    const zoes = await listAll(owner(), 'q=zoe&limit=2');
    expect([zoes.length, new Set(zoes).size, zoes.at(-1)]).toEqual([7, 7, other.id]);
    await listAll(owner(), 'q=sam&limit=5');
    await listAll(owner(), 'role=STAFF&limit=5');
    const seen = await asSystem('profile', async () => {
      await db.command({ profile: 0 });
      return db
        .collection('system.profile')
        .find({ ns: `${db.databaseName}.users`, 'command.find': 'users' })
        .toArray();
    });
    expect(seen.length).toBeGreaterThan(2);
    const wasteful = seen.filter(
      ({ docsExamined, nreturned, hasSortStage }) => hasSortStage || docsExamined > Math.max(1, nreturned * 1.1),
    );
    expect(
      wasteful.map(({ command, planSummary, docsExamined, nreturned }) => [
        command.filter,
        planSummary,
        docsExamined,
        nreturned,
      ]),
    ).toEqual([]);
  });
});

type As = ReturnType<Fixture['as']>;
async function listAll(as: As, query: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ; ) {
    const { status, body } = await as.get(`/v1/users?${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    expect(status).toBe(200);
    const page = body as unknown as { data: Body[]; nextCursor: string | null };
    ids.push(...page.data.map(({ id }) => id));
    if (page.nextCursor === null) return ids;
    cursor = page.nextCursor;
  }
}

describe('changing a user', () => {
  it('merges a patch where the version is the expected one', async () => {
    const sam = await member('STAFF');
    const path = `/v1/users/${sam.id}`;
    const stale = await owner().patch(path, { name: 'X' }, { 'if-match': '"7"' });
    expect(stale).toMatchObject({ status: 412, body: { code: 'stale_version' } });
    const changed = await owner().patch(path, { name: 'Sam Ortiz', email: 'SAM.ortiz@fjord.example ' });
    expect(changed).toMatchObject({
      status: 200,
      body: { name: 'Sam Ortiz', email: 'sam.ortiz@fjord.example', version: 2 },
    });
    expect((await me(sam.token)).status).toBe(200);
    expect((await owner().patch(path, { email: fjord.user.email })).body.code).toBe('email_taken');
    expect((await owner().patch(path, { passwordHash: 'x' })).status).toBe(400);
  });

  it('of role or status is in force on every replica within 5 s; a refreshed token has the new role', async () => {
    const sam = await member('STAFF');
    expect((await me(sam.token, replica)).status).toBe(200);
    await owner().patch(`/v1/users/${sam.id}`, { role: 'MANAGER' });
    expect((await me(sam.token)).status).toBe(401);
    await until(async () => (await me(sam.token, replica)).status === 401, {
      what: 'the replica knows',
      timeoutMs: 5_000,
    });
    const { body } = await auth.as().post('/v1/auth/refresh', { refreshToken: sam.refreshToken });
    expect(((await me(body.accessToken, replica)).body as Body & { role: string }).role).toBe('MANAGER');
    await owner().patch(`/v1/users/${sam.id}`, { status: 'disabled' });
    expect((await me(body.accessToken)).status).toBe(401);
    expect((await auth.as().post('/v1/auth/refresh', { refreshToken: body.refreshToken })).status).toBe(401);
    expect((await signIn(sam.email)).body.code).toBe('invalid_credentials');
    await owner().patch(`/v1/users/${sam.id}`, { status: 'active' });
    expect((await signIn(sam.email)).status).toBe(200);
  });

  it('follows the table: an ADMIN touches neither OWNER nor ADMIN, and makes none', async () => {
    const [admin, other, sam] = [await member('ADMIN'), await member('ADMIN'), await member('STAFF')];
    const as = auth.as(admin.token);
    for (const id of [fjord.user.id, other.id, admin.id]) {
      expect((await as.patch(`/v1/users/${id}`, { name: 'X' })).body.code).toBe('forbidden');
      expect((await as.delete(`/v1/users/${id}`)).body.code).toBe('forbidden');
    }
    expect((await as.post(`/v1/users/${other.id}/password`, { newPassword: goodPassword })).body.code).toBe(
      'forbidden',
    );
    expect((await as.patch(`/v1/users/${sam.id}`, { role: 'ADMIN' })).body.code).toBe('forbidden');
    expect((await as.patch(`/v1/users/${sam.id}`, { role: 'SUPPORT' })).status).toBe(200);
    const manager = auth.as((await member('MANAGER')).token);
    expect((await manager.get('/v1/users')).status).toBe(200);
    expect((await manager.patch(`/v1/users/${sam.id}`, { name: 'X' })).body.code).toBe('forbidden');
  });
});

describe('the last OWNER', () => {
  it('can be neither demoted, disabled nor deleted', async () => {
    const { user, accessToken } = await auth.signUp();
    const as = auth.as(accessToken);
    const path = `/v1/users/${user.id}`;
    for (const patch of [{ role: 'ADMIN' }, { status: 'disabled' }]) {
      expect(await as.patch(path, patch)).toMatchObject({ status: 409, body: { code: 'last_owner' } });
    }
    expect((await as.delete(path)).body.code).toBe('last_owner');
    expect((await as.patch(path, { name: 'Still here' })).status).toBe(200);
  });

  it('stays when all of them go at once', async () => {
    const shop = await auth.signUp();
    const as = auth.as(shop.accessToken);
    const ids = [shop.user.id];
    for (let n = 0; n < 4; n += 1) {
      ids.push(
        (await as.post('/v1/users', { name: 'O', email: newAddress(), password: goodPassword, role: 'OWNER' })).body.id,
      );
    }
    const answers = await Promise.all(
      ids.map((id, n) => (n % 2 ? as.delete(`/v1/users/${id}`) : as.patch(`/v1/users/${id}`, { role: 'STAFF' }))),
    );
    expect(answers.filter(({ body }) => body?.code === 'last_owner')).toHaveLength(1);
    const left = await asSystem('test', () =>
      auth.deps.database.db
        .collection('users')
        .countDocuments({ tenantId: shop.tenant.id, role: 'OWNER', status: 'active' }),
    );
    expect(left).toBe(1);
  });
});

describe('a password', () => {
  it('that staff set ends all sessions of the user; the old one is worth nothing', async () => {
    const sam = await member('STAFF');
    const set = await owner().post(`/v1/users/${sam.id}/password`, { newPassword: 'a fresh pass phrase' });
    expect(set.status).toBe(204);
    expect((await me(sam.token)).status).toBe(401);
    expect((await auth.as().post('/v1/auth/refresh', { refreshToken: sam.refreshToken })).status).toBe(401);
    expect((await signIn(sam.email)).status).toBe(401);
    expect((await signIn(sam.email, 'a fresh pass phrase')).status).toBe(200);
    expect((await owner().post(`/v1/users/${fjord.user.id}/password`, { newPassword: 'x'.repeat(20) })).body.code).toBe(
      'own_password',
    );
    expect((await owner().post(`/v1/users/${sam.id}/password`, { newPassword: 'qwertyuiop' })).status).toBe(400);
  });

  it('of one’s own needs the current one and ends every other session, not this one', async () => {
    const sam = await member('STAFF');
    const other = (await signIn(sam.email)).body;
    const as = auth.as(sam.token);
    const change = { currentPassword: 'wrong', newPassword: 'a fresh pass phrase' };
    expect(await as.post('/v1/me/password', change)).toMatchObject({ status: 403, body: { code: 'wrong_password' } });
    expect((await as.post('/v1/me/password', { ...change, currentPassword: goodPassword })).status).toBe(204);
    expect((await me(other.accessToken)).status).toBe(401);
    expect((await auth.as().post('/v1/auth/refresh', { refreshToken: other.refreshToken })).status).toBe(401);
    await replica.deps.revocations.poll();
    expect([(await me(sam.token)).status, (await me(sam.token, replica)).status]).toEqual([200, 200]);
    expect((await auth.as().post('/v1/auth/refresh', { refreshToken: sam.refreshToken })).status).toBe(200);
  });
});

describe('the own profile', () => {
  it('takes a name at once, and an address with the password only', async () => {
    const nils = await auth.register(fjord.tenant.slug);
    const as = auth.as(nils.accessToken);
    expect((await as.patch('/v1/me', { name: 'Nils D.' })).body).toMatchObject({ name: 'Nils D.', version: 2 });
    const email = newAddress();
    expect((await as.patch('/v1/me', { email })).body.code).toBe('wrong_password');
    expect((await as.patch('/v1/me', { email, currentPassword: goodPassword })).body).toMatchObject({ email });
    expect((await as.patch('/v1/me', { role: 'OWNER' })).status).toBe(400);
    expect((await signIn(email)).status).toBe(200);
    expect((await signIn(nils.user.email)).status).toBe(401);
  });
});

describe('a deleted user', () => {
  it('is gone from everything but what it did, and its address is free', async () => {
    const sam = await member('STAFF');
    expect((await owner().delete(`/v1/users/${sam.id}`)).status).toBe(204);
    expect((await owner().get(`/v1/users/${sam.id}`)).status).toBe(404);
    expect((await owner().delete(`/v1/users/${sam.id}`)).status).toBe(404);
    expect(await listAll(owner(), 'limit=100')).not.toContain(sam.id);
    expect((await me(sam.token)).status).toBe(401);
    expect((await auth.as().post('/v1/auth/refresh', { refreshToken: sam.refreshToken })).status).toBe(401);
    const again = await member('SUPPORT', sam.email);
    expect(again.id).not.toBe(sam.id);
  });
});

describe('what attackers tried', () => {
  it('the own address is changed at /v1/me, with the password, and nowhere else', async () => {
    const shop = await auth.signUp();
    const as = auth.as(shop.accessToken);
    const stolen = await as.patch(`/v1/users/${shop.user.id}`, { email: newAddress() });
    expect(stolen).toMatchObject({ status: 403, body: { code: 'own_email' } });
    const same = { email: shop.user.email.toUpperCase(), name: 'Ida B.' };
    expect((await as.patch(`/v1/users/${shop.user.id}`, same)).status).toBe(200);
  });

  it('a session of before a disabling is over when the account is enabled again', async () => {
    const sam = await member('STAFF');
    await owner().patch(`/v1/users/${sam.id}`, { status: 'disabled' });
    await owner().patch(`/v1/users/${sam.id}`, { status: 'active' });
    expect((await auth.as().post('/v1/auth/refresh', { refreshToken: sam.refreshToken })).status).toBe(401);
    expect((await signIn(sam.email)).status).toBe(200);
  });

  it('a refresh token that a new password ended does not end the sessions of after', async () => {
    const sam = await member('STAFF');
    await owner().post(`/v1/users/${sam.id}/password`, { newPassword: 'a fresh pass phrase' });
    const fresh = (await signIn(sam.email, 'a fresh pass phrase')).body;
    expect((await auth.as().post('/v1/auth/logout-all', { refreshToken: sam.refreshToken })).status).toBe(204);
    expect((await me(fresh.accessToken)).status).toBe(200);
  });

  it('a repeated creation is compared with its own password, not with the one of now', async () => {
    const body = { name: 'Tom', email: newAddress(), password: 'toms first phrase', role: 'STAFF' };
    const create = (password: string) => owner().post('/v1/users', { ...body, password }, withKey('tom'));
    const { id } = (await create(body.password)).body;
    await owner().post(`/v1/users/${id}/password`, { newPassword: 'toms second phrase' });
    expect(await create('toms second phrase')).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(await create(body.password)).toMatchObject({ status: 201, body: { id } });
  });

  it('a role is changed and deleted only by those who have all of it', async () => {
    const shop = await auth.signUp();
    const as = auth.as(shop.accessToken);
    const role = { name: 'Deputy', permissions: ['tenant:close', 'users:read'] };
    await as.post('/v1/roles', role);
    const email = newAddress();
    await as.post('/v1/users', { name: 'A', email, password: goodPassword, role: 'ADMIN' });
    const admin = auth.as((await signIn(email, goodPassword, shop.tenant.slug)).body.accessToken);
    expect((await admin.patch('/v1/roles/Deputy', { permissions: ['users:read'] })).body.code).toBe('forbidden');
    expect((await admin.delete('/v1/roles/Deputy')).body.code).toBe('forbidden');
  });
});
