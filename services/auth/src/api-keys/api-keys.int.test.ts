// API keys: made once, traded by the gateway, dead within seconds.
import { permissionsOf } from '@holdfast/shared/contracts';
import { asTenant } from '@holdfast/shared/persistence';
import { testName, until, withKey } from '@holdfast/shared/testing';
import { systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, type Fixture, goodPassword, openFixture, type SignUp, testConfig } from '../auth.fixture.ts';

type KeyBody = Body & { key?: string; name: string; lastUsedAt?: string; accessToken: string; expiresAt: string };
const config = testConfig();
let auth: Fixture;
let replica: Fixture;
let fjord: SignUp;
let aheadMs = 0;
beforeAll(async () => {
  auth = await openFixture({ config, clock: { ...systemClock, now: () => new Date(Date.now() + aheadMs) } });
  replica = await openFixture({ config });
  fjord = await auth.signUp();
});
afterAll(() => Promise.all([auth.close(), replica.close()]));

const owner = () => auth.as(fjord.accessToken);
const scanner = { name: 'Scanner', permissions: ['stock:read', 'api-keys:manage'] };
async function make(body: object = scanner) {
  const answer = await owner().post('/v1/api-keys', body);
  return answer as typeof answer & { body: KeyBody };
}
async function exchange(apiKey: unknown, token = config.INTERNAL_TOKEN) {
  const answer = await auth.as(token).post('/internal/api-key-tokens', { apiKey });
  return answer as typeof answer & { body: KeyBody };
}
const list = async () => (await owner().get('/v1/api-keys?limit=100')).body as unknown as { data: KeyBody[] };

describe('an API key', () => {
  it('is shown once, stored as a hash, and listed with its last use', async () => {
    const { status, body } = await make();
    expect(status).toBe(201);
    expect(body.key).toMatch(/^hf_ten_[a-z2-7]{26}_[A-Za-z0-9_-]{43}$/);
    const before = (await list()).data.find(({ id }) => id === body.id)!;
    expect(before).not.toHaveProperty('key');
    expect(before).not.toHaveProperty('lastUsedAt');
    const stored = await asTenant(fjord.tenant.id, () =>
      auth.deps.apiKeys.read({ tenantId: fjord.tenant.id, id: body.id }),
    );
    expect(JSON.stringify(stored)).not.toContain(body.key!.slice(-20));
    await exchange(body.key);
    expect((await list()).data.find(({ id }) => id === body.id)!.lastUsedAt).toBeDefined();
  });

  it('is traded for a token with just its permissions, by the gateway only', async () => {
    const { body } = await make();
    const { status, body: traded } = await exchange(body.key);
    expect(status).toBe(200);
    const as = replica.as(traded.accessToken);
    expect((await as.get('/v1/me/permissions')).body.permissions).toEqual(['api-keys:manage', 'stock:read']);
    expect((await as.get('/v1/api-keys')).status).toBe(200);
    expect((await as.get('/v1/users')).status).toBe(403);
    for (const wrong of [fjord.accessToken, 'x', '']) expect((await exchange(body.key, wrong)).status).toBe(401);
    for (const wrong of [`${body.key}x`, body.key!.toUpperCase(), fjord.refreshToken, 'hf_', 5]) {
      expect((await exchange(wrong)).status).toBe(401);
    }
    expect((await exchange({ $ne: '' })).status).toBe(400);
    const other = await auth.signUp();
    expect((await exchange(body.key!.replace(fjord.tenant.id, other.tenant.id))).status).toBe(401);
  });

  it('that is revoked is refused at once, and its tokens on every replica within 5 s', async () => {
    const { body } = await make();
    const { accessToken } = (await exchange(body.key)).body;
    expect((await owner().delete(`/v1/api-keys/${body.id}`)).status).toBe(204);
    expect((await exchange(body.key)).status).toBe(401);
    const isRefused = async (service: Fixture) => (await service.as(accessToken).get('/v1/api-keys')).status === 401;
    expect(await isRefused(auth)).toBe(true);
    await until(() => isRefused(replica), { what: 'the replica knows', timeoutMs: 5_000 });
    expect((await list()).data.map(({ id }) => id)).not.toContain(body.id);
    expect((await owner().delete(`/v1/api-keys/${body.id}`)).status).toBe(204);
    const other = await auth.signUp();
    expect((await auth.as(other.accessToken).delete(`/v1/api-keys/${body.id}`)).status).toBe(404);
  });

  it('that expires ends with its last token', async () => {
    const { body } = await make({ ...scanner, expiresAt: new Date(Date.now() + 60_000).toISOString() });
    const { expiresAt } = (await exchange(body.key)).body;
    expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.now() + 61_000);
    aheadMs = 61_000;
    expect((await exchange(body.key)).status).toBe(401);
    aheadMs = 0;
    expect((await make({ ...scanner, expiresAt: '2020-01-01T00:00:00Z' })).body.code).toBe('validation_failed');
  });

  it('has no permission that its maker lacks', async () => {
    const email = `${testName('k')}@fjord.example`;
    await owner().post('/v1/users', { name: 'Ada', email, password: goodPassword, role: 'ADMIN' });
    const { body } = await auth
      .as()
      .post('/v1/auth/login', { tenant: fjord.tenant.slug, email, password: goodPassword });
    const admin = auth.as(body.accessToken);
    const greedy = { name: 'All', permissions: [...permissionsOf('OWNER')] };
    expect((await admin.post('/v1/api-keys', greedy)).body.code).toBe('forbidden');
    expect((await admin.post('/v1/api-keys', { name: 'Own', permissions: [...permissionsOf('ADMIN')] })).status).toBe(
      201,
    );
    const { key } = (await make()).body;
    const { accessToken } = (await exchange(key)).body;
    expect((await auth.as(accessToken).post('/v1/api-keys', greedy)).body.code).toBe('forbidden');
  });

  it('is made once under a key of idempotency; the repeated answer has no secret', async () => {
    const send = (body: object, key: string) => owner().post('/v1/api-keys', body, withKey(key));
    const [first, again] = [await send(scanner, 'once'), await send(scanner, 'once')];
    expect(again).toMatchObject({
      status: 201,
      body: { id: first.body.id },
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(again.body).not.toHaveProperty('key');
    expect((await send({ ...scanner, name: 'Other' }, 'once')).body.code).toBe('idempotency_key_reused');
  });
});
