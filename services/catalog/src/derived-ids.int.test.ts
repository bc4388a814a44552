// Golden ids: a change of what an id is derived from would create twice what a retried request creates once.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Body, cap, type Fixture, openFixture, price, type Who } from './catalog.fixture.ts';

let catalog: Fixture;
beforeAll(async () => {
  catalog = await openFixture();
});
afterAll(() => catalog?.close());

const who: Who = { tenantId: 'ten_golden', userId: 'usr_golden', role: 'OWNER' };
const key = { 'idempotency-key': 'key-golden' };

it('a product and its variants have the ids that their caller and key always led to', async () => {
  const { variants: first } = cap('A');
  const body = { ...cap('A'), variants: [...first, { sku: 'B', price }] };
  const product = (await catalog.as(who).post('/v1/products', body, key)).body;
  expect(product.id).toBe('prd_a7krgbbzjj23smmnja4mlavjwm');
  expect(product.variants.map(({ id }: Body) => id)).toEqual([
    'var_s6yhgshlbwrtry7vplh4z2gcma',
    'var_jhkxgnrjj2iluc5kxzcrrllxuq',
  ]);
  const added = await catalog.as(who).post(`/v1/products/${product.id}/variants`, { sku: 'C', price }, key);
  expect(added.body.id).toBe('var_qgtoht7dxehnstjazkfzvxbehi');
});

it('a product of a bulk upsert has the id that its name leads to', async () => {
  const rows = [{ sku: 'BULK-A', name: 'Bulk', price }];
  const { body } = await catalog.as(who).post('/v1/variants/bulk-upsert', { rows });
  expect(body.data[0].productId).toBe('prd_maalqo3qiipxyq6zc2huzkw2wy');
});
