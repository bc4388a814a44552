// Changing a business: who may, what is stored, what the other services learn.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultSettings } from '@holdfast/shared/contracts';
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { testName } from '@holdfast/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, goodPassword, openFixture, testConfig } from '../auth.fixture.ts';

let auth: Fixture;
beforeAll(async () => {
  auth = await openFixture();
});
afterAll(() => auth.close());

it('merges a patch where the version is the expected one, with one event of the full state', async () => {
  const shop = await auth.signUp();
  const as = auth.as(shop.accessToken);
  expect((await as.get('/v1/tenant')).body).toMatchObject({ version: 1, settings: { priceStalenessSeconds: 60 } });
  const patch = { name: 'Caps & more', timeZone: 'Asia/Kolkata', settings: { priceStalenessSeconds: 300 } };
  expect((await as.patch('/v1/tenant', patch, { 'if-match': '"9"' })).body.code).toBe('stale_version');
  const changed = await as.patch('/v1/tenant', patch, { 'if-match': '"1"' });
  expect(changed).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { ...patch, version: 2 } });
  expect((await as.patch('/v1/tenant', { settings: {} })).body).toMatchObject({ ...patch, version: 2 });
  const stored = await asTenant(shop.tenant.id, () =>
    auth.deps.database.db
      .collection<{ _id: string; events: { body: string }[] }>('tenants')
      .findOne({ _id: shop.tenant.id }),
  );
  const events = stored!.events.map(({ body }) => JSON.parse(body));
  expect(events).toMatchObject([{ type: 'com.holdfast.tenant.updated.v1', aggregateversion: 2 }]);
  expect(events[0].data).toEqual({
    tenantId: shop.tenant.id,
    slug: shop.tenant.slug,
    currency: 'USD',
    timeZone: 'Asia/Kolkata',
    settings: { ...defaultSettings, priceStalenessSeconds: 300 },
    status: 'open',
    accessVersion: 0,
  });
});

it('shows all settings, and changes those that are sent', async () => {
  const shop = await auth.signUp();
  const as = auth.as(shop.accessToken);
  expect((await as.get('/v1/tenant')).body).toMatchObject({ settings: defaultSettings });
  const settings = {
    paymentPolicy: 'before_confirm',
    paymentWindowSeconds: 600,
    decisionWindowSeconds: 120,
    overReceiptTolerancePercent: 10,
    priceVarianceTolerancePercent: 1,
    returnWindowDays: 0,
    lowStockPolicy: 'off',
    priceStalenessSeconds: 5,
  };
  expect((await as.patch('/v1/tenant', { settings })).body).toMatchObject({ settings, version: 2 });
  const { lowStockPolicy } = defaultSettings;
  const back = await as.patch('/v1/tenant', { settings: { lowStockPolicy } });
  expect(back.body).toMatchObject({ settings: { ...settings, lowStockPolicy, ratePlan: 'standard' }, version: 3 });
});

it('a business of an older release has the defaults of what it lacks', async () => {
  const shop = await auth.signUp();
  await asSystem('test', () =>
    auth.deps.database.db
      .collection<{ _id: string }>('tenants')
      .updateOne(
        { _id: shop.tenant.id },
        { $set: { settings: { priceStalenessSeconds: 7 }, events: [] }, $unset: { status: '', accessVersion: '' } },
      ),
  );
  const { body } = await auth.as(shop.accessToken).get('/v1/tenant');
  expect(body).toMatchObject({ settings: { ...defaultSettings, priceStalenessSeconds: 7 } });
  const login = { tenant: shop.tenant.slug, email: shop.user.email, password: goodPassword };
  expect((await auth.as().post('/v1/auth/login', login)).status).toBe(200);
});

it.each([
  [{ slug: 'other' }],
  [{ currency: 'ZZZ' }],
  [{ timeZone: '+02:00' }],
  [{ settings: { priceStalenessSeconds: 4 } }],
  [{ settings: { priceStalenessSeconds: 1e6 } }],
  [{ settings: { unknown: 1 } }],
  [{ settings: { ratePlan: 'unlimited' } }],
  [{ settings: { paymentPolicy: 'never' } }],
  [{ settings: { paymentPolicy: null } }],
  [{ settings: { decisionWindowSeconds: 59 } }],
  [{ settings: { returnWindowDays: 1.5 } }],
  [{ status: 'closed' }],
])('refuses %o', async (patch) => {
  const shop = await auth.signUp();
  expect((await auth.as(shop.accessToken).patch('/v1/tenant', patch)).body.code).toBe('validation_failed');
});

it('is for OWNER and ADMIN', async () => {
  const shop = await auth.signUp();
  const email = `${testName('t')}@shop.example`;
  await auth.as(shop.accessToken).post('/v1/users', { name: 'M', email, password: goodPassword, role: 'MANAGER' });
  const { body } = await auth.as().post('/v1/auth/login', { tenant: shop.tenant.slug, email, password: goodPassword });
  expect((await auth.as(body.accessToken).patch('/v1/tenant', { name: 'Mine' })).status).toBe(403);
});

describe('the currency', () => {
  const asked: { path: string; token: string | undefined }[] = [];
  let answer: object = { hasOrders: false };
  const orders = createServer((request, response) => {
    asked.push({ path: request.url!, token: request.headers.authorization });
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  let shops: Fixture;
  beforeAll(async () => {
    await new Promise<void>((resolve) => orders.listen(0, '127.0.0.1', resolve));
    const { port } = orders.address() as AddressInfo;
    shops = await openFixture({ config: testConfig({ ORDERS_URL: `http://127.0.0.1:${port}` }) });
  });
  afterAll(async () => {
    await shops.close();
    orders.close();
  });

  it('can be changed until there are orders', async () => {
    const { accessToken, tenant } = await shops.signUp();
    const as = shops.as(accessToken);
    answer = { hasOrders: false };
    expect(await as.patch('/v1/tenant', { currency: 'EUR' })).toMatchObject({ status: 200, body: { currency: 'EUR' } });
    expect(asked.at(-1)).toEqual({
      path: `/internal/tenants/${tenant.id}`,
      token: `Bearer ${shops.deps.config.INTERNAL_TOKEN}`,
    });
    answer = { hasOrders: true };
    expect(await as.patch('/v1/tenant', { currency: 'NOK' })).toMatchObject({
      status: 409,
      body: { code: 'currency_locked' },
    });
    const same = await as.patch('/v1/tenant', { currency: 'EUR', name: 'Still the same money' });
    expect(same).toMatchObject({ status: 200, body: { currency: 'EUR', name: 'Still the same money' } });
  });

  it('stays while nobody knows whether there are', async () => {
    const { accessToken } = await auth.signUp();
    expect((await auth.as(accessToken).patch('/v1/tenant', { currency: 'EUR' })).status).toBe(503);
    answer = { something: 'else' };
    const shop = await shops.signUp();
    expect((await shops.as(shop.accessToken).patch('/v1/tenant', { currency: 'EUR' })).status).toBe(503);
    expect((await shops.as(shop.accessToken).get('/v1/tenant')).body).toMatchObject({ currency: 'USD', version: 1 });
  });
});
