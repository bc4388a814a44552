// Documents of an older release: found again once they are converted.
import { asSystem, asTenant } from '@holdfast/shared/persistence';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Body, cap, type Fixture, openFixture, owner } from '../catalog.fixture.ts';
import { convertProducts } from './convert-products.ts';

let catalog: Fixture;
beforeAll(async () => {
  catalog = await openFixture();
});
afterAll(() => catalog?.close());

it('products and variants without terms are converted once, with the category that they had as text', async () => {
  const who = owner();
  const { tenantId } = who;
  const { deps } = catalog;
  const made = (await catalog.as(who).post('/v1/products', cap('OLD-1'))).body;
  const fresh = (await catalog.as(who).post('/v1/products', { ...cap('NEW-1'), category: 'Kept' })).body;
  const newer = { terms: '', categoryId: '', summary: '', nameKey: '', priceKey: '', priceMinor: '' } as const;
  await asTenant(tenantId, async () => {
    await deps.products.native.updateOne(
      { tenantId, _id: made.id },
      { $unset: newer, $set: { category: 'Old > caps', events: [] } },
    );
    await deps.variants.native.updateOne(
      { tenantId, _id: made.variants[0].id },
      { $unset: { terms: '', categoryId: '' }, $set: { events: [] } },
    );
  });
  const found = async (query: string) =>
    (await catalog.as(who).get(`/v1/${query}`)).body.data.map(({ id }: Body) => id);
  expect(await found('products?sort=name')).toEqual([fresh.id]);

  await asSystem('test', () => deps.conversions.native.deleteMany({}));
  expect(await convertProducts(deps)).toBe(1);
  expect(await found('products?sort=price&q=old-1&category=old&priceMax=1999')).toEqual([made.id]);
  expect(await found('variants?category=old&q=wool')).toEqual([made.variants[0].id]);
  const read = (await catalog.as(who).get(`/v1/products/${made.id}`)).body;
  expect(read).toMatchObject({ category: 'Old > caps', version: made.version });
  expect((await catalog.as(who).get(`/v1/products/${fresh.id}`)).body).toEqual(fresh);
  expect(await convertProducts(deps)).toBe(0);
});

it('products and variants with terms of another spelling get those that a search asks for', async () => {
  const who = owner();
  const { tenantId } = who;
  const { deps } = catalog;
  const body = { ...cap('SP-1'), name: 'Große Mütze', category: 'Kept' };
  const made = (await catalog.as(who).post('/v1/products', body)).body;
  const [variant] = made.variants;
  const archived = (
    await catalog.as(who).post('/v1/products', { ...body, variants: [{ ...body.variants[0], sku: 'SP-2' }] })
  ).body;
  await catalog.as(who).send('DELETE', `/v1/variants/${archived.variants[0].id}`);
  await asTenant(tenantId, async () => {
    const events = { events: [] };
    const old = { terms: ['*', 'w:große'], nameKey: 'große mutze\t' };
    await deps.products.native.updateOne({ tenantId, _id: made.id }, { $set: { ...old, ...events } });
    for (const _id of [variant.id, archived.variants[0].id]) {
      await deps.variants.native.updateOne({ tenantId, _id }, { $set: { terms: old.terms, ...events } });
    }
  });
  const found = async (query: string) =>
    (await catalog.as(who).get(`/v1/${query}&q=GROSSE`)).body.data.map(({ id }: Body) => id);
  expect(await found('products?sort=name')).toEqual([archived.id]);

  await asSystem('test', () => deps.conversions.native.deleteMany({}));
  expect(await convertProducts(deps)).toBe(1);
  expect((await found('products?limit=9')).sort()).toEqual([made.id, archived.id].sort());
  expect((await found('variants?limit=9')).sort()).toEqual([variant.id, archived.variants[0].id].sort());
  const read = (await catalog.as(who).get(`/v1/products/${made.id}`)).body;
  expect(read).toEqual(made);
});
