// A business that its OWNER closes, and that the operator opens again.
import { testName, until } from '@holdfast/shared/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, goodPassword, openFixture, problemOf, type SignUp, testConfig } from '../auth.fixture.ts';

const config = testConfig();
let auth: Fixture;
let replica: Fixture;
beforeAll(async () => {
  auth = await openFixture({ config });
  replica = await openFixture({ config });
});
afterAll(() => Promise.all([auth.close(), replica.close()]));

const close = (shop: SignUp, slug = shop.tenant.slug) => auth.as(shop.accessToken).post('/v1/tenant/close', { slug });
const operate = (command: string, body: object, token = config.INTERNAL_TOKEN) =>
  auth.as(token).post(`/internal/tenants/${command}`, body);
const login = (slug: string, email: string, at = auth) =>
  at.as().post('/v1/auth/login', { tenant: slug, email, password: goodPassword });
const register = (slug: string) =>
  auth.as().post('/v1/auth/register', {
    tenant: slug,
    name: 'N',
    email: `${testName('c')}@c.example`,
    password: goodPassword,
  });

it('is closed by its OWNER, who types the slug', async () => {
  const shop = await auth.signUp();
  expect((await close(shop, 'other')).body.code).toBe('slug_mismatch');
  expect((await close(shop, shop.tenant.slug.toUpperCase())).body.code).toBe('slug_mismatch');
  const email = `${testName('a')}@shop.example`;
  await auth.as(shop.accessToken).post('/v1/users', { name: 'A', email, password: goodPassword, role: 'ADMIN' });
  const { accessToken } = (await login(shop.tenant.slug, email)).body;
  expect((await close({ ...shop, accessToken })).status).toBe(403);
  const { id, slug } = shop.tenant;
  expect(await close(shop)).toMatchObject({ status: 202, body: { id, slug, status: 'closed' } });
});

it('lets nobody in: no token, session, key or password, at no replica, within 5 seconds', async () => {
  const shop = await auth.signUp();
  const { id, slug } = shop.tenant;
  const customer = await auth.register(slug);
  const made = await auth.as(shop.accessToken).post('/v1/api-keys', { name: 'K', permissions: ['users:read'] });
  const { key: apiKey } = made.body as unknown as { key: string };
  const exchange = (at = auth) => at.as(config.INTERNAL_TOKEN).post('/internal/api-key-tokens', { apiKey });
  const machine = (await exchange()).body as unknown as { accessToken: string };
  const tokens = [shop.accessToken, customer.accessToken, machine.accessToken];
  for (const token of tokens) expect((await replica.as(token).get('/v1/tenant')).status).toBe(200);
  await close(shop);
  for (const token of tokens) {
    expect((await auth.as(token).get('/v1/tenant')).status).toBe(401);
    const isRefused = async () => (await replica.as(token).get('/v1/tenant')).status === 401;
    await until(isRefused, { what: 'the replica knows', timeoutMs: 5_000 });
  }
  for (const { refreshToken } of [shop, customer]) {
    expect((await replica.as().post('/v1/auth/refresh', { refreshToken })).body.code).toBe('invalid_refresh_token');
  }
  expect((await exchange(replica)).status).toBe(401);
  // As a business that never was.
  const nowhere = testName('s');
  expect(problemOf(await login(slug, shop.user.email))).toEqual(problemOf(await login(nowhere, shop.user.email)));
  expect(problemOf(await register(slug))).toEqual(problemOf(await register(nowhere)));
  // Its slug stays its own.
  const owner = { name: 'I', email: 'i@i.example', password: goodPassword };
  expect((await auth.as().post('/v1/tenants', { name: 'I', slug, owner })).body.code).toBe('slug_taken');
  const answer = await auth.as(config.INTERNAL_TOKEN).get('/internal/revocations');
  const { closedTenants } = answer.body as unknown as { closedTenants: { tenantId: string }[] };
  expect(closedTenants).toContainEqual({ tenantId: id, tenantVersion: 2, changedAt: expect.any(String) });
});

it('is opened again by the operator: with new sessions only, and its keys', async () => {
  const shop = await auth.signUp();
  const { slug } = shop.tenant;
  const made = await auth.as(shop.accessToken).post('/v1/api-keys', { name: 'K', permissions: ['users:read'] });
  const { key: apiKey } = made.body as unknown as { key: string };
  const elsewhere = (await login(slug, shop.user.email)).body;
  await close(shop);
  expect((await operate('reopen', { slug }, shop.accessToken)).status).toBe(401);
  expect((await operate('reopen', { slug: testName('s') })).status).toBe(404);
  expect((await operate('reopen', { slug: { $ne: '' } })).body.code).toBe('validation_failed');
  expect(await operate('reopen', { slug })).toMatchObject({ status: 200, body: { slug, status: 'open' } });
  for (const { accessToken, refreshToken } of [shop, elsewhere]) {
    expect((await auth.as(accessToken).get('/v1/tenant')).status).toBe(401);
    expect((await auth.as().post('/v1/auth/refresh', { refreshToken })).status).toBe(401);
  }
  const fresh = (await login(slug, shop.user.email, replica)).body;
  for (const at of [auth, replica]) expect((await at.as(fresh.accessToken).get('/v1/tenant')).status).toBe(200);
  const list = (await auth.as(fresh.accessToken).get('/v1/sessions')).body as unknown as { data: unknown[] };
  expect(list.data).toHaveLength(1);
  const machine = await auth.as(config.INTERNAL_TOKEN).post('/internal/api-key-tokens', { apiKey });
  expect((await replica.as(machine.body.accessToken).get('/v1/users')).status).toBe(200);
  const again = await auth.as().post('/v1/auth/refresh', { refreshToken: fresh.refreshToken });
  expect((await replica.as(again.body.accessToken).get('/v1/tenant')).status).toBe(200);
});

it('has the rate plan that the operator grants', async () => {
  const shop = await auth.signUp();
  const { slug } = shop.tenant;
  expect((await operate('rate-plan', { slug, ratePlan: 'gold' })).body.code).toBe('validation_failed');
  expect((await operate('rate-plan', { slug, ratePlan: 'plus' })).body).toMatchObject({ ratePlan: 'plus' });
  expect((await auth.as(shop.accessToken).get('/v1/tenant')).body).toMatchObject({
    settings: { ratePlan: 'plus' },
    version: 2,
  });
  const { accessToken } = (await login(slug, shop.user.email)).body;
  expect((await auth.deps.trust.verifier.verify(accessToken)).plan).toBe('plus');
  expect((await auth.deps.trust.verifier.verify(shop.accessToken)).plan).toBe('standard');
});
