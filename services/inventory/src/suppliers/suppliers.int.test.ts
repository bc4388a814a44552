// Suppliers and what they sell, over HTTP on real servers.
import { withKey } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, openFixture, type Replica } from '../inventory.fixture.ts';

let fixture: Fixture;
let replica: Replica;
let other: Replica;
beforeAll(async () => {
  fixture = await openFixture();
  [replica, other] = [await fixture.startReplica(), await fixture.startReplica()];
});
afterAll(() => fixture.close());

const as = (tenantId: string, role = 'MANAGER', via = replica) => via.as({ tenantId, userId: 'usr_1', role } as never);
const wool = { name: 'Wool Ltd', currency: 'EUR', email: 'orders@wool.example', leadTimeDays: 5, notes: 'rings twice' };
const create = async (tenantId: string, body: object = wool) =>
  (await as(tenantId).post('/v1/suppliers', body)).body.id as string;
const cost = (amount: number) => ({ unitCost: { amount, currency: 'EUR' } });

it('is created, read, changed, archived and restored', async () => {
  const tenantId = await fixture.tenant();
  const created = await as(tenantId).post('/v1/suppliers', wool);
  const path = `/v1/suppliers/${created.body.id}`;
  expect(created).toMatchObject({ status: 201, headers: { etag: '"1"', location: path }, body: wool });
  expect((await as(tenantId, 'STAFF').get(path)).body).toEqual(created.body);
  const changed = await as(tenantId).patch(path, { notes: null, leadTimeDays: 9 });
  expect(changed.body).toEqual({
    ...created.body,
    notes: undefined,
    leadTimeDays: 9,
    version: 2,
    updatedAt: changed.body.updatedAt,
  });
  expect((await as(tenantId).patch(path, { leadTimeDays: 9 })).body.version).toBe(2);
  expect((await as(tenantId).delete(path, { 'if-match': '"1"' })).body.code).toBe('stale_version');
  expect((await as(tenantId).delete(path)).status).toBe(204);
  const listed = async (query = '') => (await as(tenantId).get(`/v1/suppliers${query}`)).body.data.length;
  expect([await listed(), await listed('?status=archived')]).toEqual([0, 1]);
  expect((await as(tenantId).patch(path, { status: 'active' })).body).toMatchObject({ status: 'active', version: 4 });
  expect((await as(await fixture.tenant()).get(path)).status).toBe(404);
});

it('sent again with its key is the same one, also by two at once', async () => {
  const tenantId = await fixture.tenant();
  const key = withKey(newId('req'));
  const answers = await Promise.all(
    [replica, other, replica].map((via) => as(tenantId, 'MANAGER', via).post('/v1/suppliers', wool, key)),
  );
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  const path = `/v1/suppliers/${answers[0]!.body.id}`;
  await as(tenantId).patch(path, { name: 'Other' });
  const again = await as(tenantId).post('/v1/suppliers', wool, key);
  expect(again).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' }, body: answers[0]!.body });
  const different = await as(tenantId).post('/v1/suppliers', { ...wool, name: 'B' }, key);
  expect(different.body.code).toBe('idempotency_key_reused');
});

it('sells variants, each once, and of its suppliers one is preferred', async () => {
  const tenantId = await fixture.tenant({ cap: 1, hat: 1 });
  const [a, b] = [await create(tenantId), await create(tenantId, { ...wool, name: 'B' })];
  const cap = `cap_${tenantId}`;
  const put = (supplier: string, body: object, variantId = cap) =>
    as(tenantId).put(`/v1/suppliers/${supplier}/items/${variantId}`, body);
  const first = await put(a, { ...cost(900), supplierSku: 'W-1', packSize: 10, preferred: true });
  expect(first).toMatchObject({ status: 200, headers: { etag: '"1"' }, body: { packSize: 10, preferred: true } });
  await put(a, cost(100), `hat_${tenantId}`);
  await put(b, { ...cost(800), preferred: true });
  const items = async (supplier: string) =>
    (await as(tenantId, 'STAFF').get(`/v1/suppliers/${supplier}/items`)).body.data as {
      variantId: string;
      preferred: boolean;
    }[];
  const isPreferred = async (supplier: string) =>
    (await items(supplier)).find(({ variantId }) => variantId === cap)!.preferred;
  expect([await isPreferred(a), await isPreferred(b)]).toEqual([false, true]);
  // Said by another one that is not: it stays.
  await put(a, { ...cost(900), preferred: false });
  expect(await isPreferred(b)).toBe(true);
  expect((await as(tenantId).delete(`/v1/suppliers/${b}/items/${cap}`)).status).toBe(204);
  expect((await as(tenantId).delete(`/v1/suppliers/${b}/items/${cap}`)).status).toBe(404);
  expect((await items(a)).map(({ preferred }) => preferred)).toEqual([false, false]);
});

it('names what does not fit', async () => {
  const tenantId = await fixture.tenant({ cap: 1 });
  const supplier = await create(tenantId);
  const put = (body: object, variantId = `cap_${tenantId}`, id = supplier) =>
    as(tenantId).put(`/v1/suppliers/${id}/items/${variantId}`, body);
  const codes = [
    await put({ unitCost: { amount: 1, currency: 'USD' } }),
    await put(cost(1), 'var_nobody'),
    await put(cost(1), undefined, 'sup_nobody'),
    await put({ ...cost(1), packSize: 0 }),
  ].map(({ status, body }) => `${status} ${body.code}`);
  expect(codes).toEqual(['422 mixed_currencies', '404 not_found', '404 not_found', '400 validation_failed']);
  expect((await as(tenantId).get('/v1/suppliers/sup_nobody/items')).status).toBe(404);
});

it('is preferred alone, however many are made so at once', async () => {
  const tenantId = await fixture.tenant({ cap: 1 });
  const cap = `cap_${tenantId}`;
  const ids = await Promise.all([1, 2, 3, 4].map((n) => create(tenantId, { ...wool, name: `S${n}` })));
  const put = (id: string, n: number) =>
    as(tenantId, 'MANAGER', n % 2 ? replica : other).put(`/v1/suppliers/${id}/items/${cap}`, {
      ...cost(1),
      preferred: true,
    });
  const answers = await Promise.all(ids.map(put));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const lists = await Promise.all(ids.map((id) => as(tenantId).get(`/v1/suppliers/${id}/items`)));
  expect(lists.filter(({ body }) => body.data[0].preferred)).toHaveLength(1);
});
