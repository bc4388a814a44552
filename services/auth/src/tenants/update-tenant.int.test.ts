// Changing a business: who may, what is stored, what the other services learn.
import { asTenant } from '@holdfast/shared/persistence';
import { testName } from '@holdfast/shared/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, goodPassword, openFixture } from '../auth.fixture.ts';

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
    settings: { priceStalenessSeconds: 300 },
  });
});

it.each([
  [{ slug: 'other' }],
  [{ currency: 'EUR' }],
  [{ timeZone: '+02:00' }],
  [{ settings: { priceStalenessSeconds: 4 } }],
  [{ settings: { priceStalenessSeconds: 1e6 } }],
  [{ settings: { unknown: 1 } }],
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
