// Exporting through the routes and the queue, on real servers; what other services own comes from stand-ins.
import { until, withKey } from '@holdfast/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, owner } from '../catalog.fixture.ts';
import { inEuros, type JobFixture, type Neighbour, openJobFixture } from '../imports/imports.fixture.ts';

let fixture: JobFixture;
beforeAll(async () => {
  fixture = await openJobFixture();
});
afterAll(() => fixture.close());

const bom = '\ufeff';
const awkward = [
  'sku,name,price,currency,cost,costCurrency,barcode,weightGrams,category,description,status,option.size,option.Farbe',
  '00123,"=SUM(A1), ""quoted""",19.99,EUR,5.00,USD,90750,250,"+1 shirts","line one',
  'line two",draft,S,',
  "90.750,'already,1000,JPY,,,,,,-5,active,,rot",
  "1E5,''=1,0.05,EUR,,,,,@home,'',active,,",
];
const file = `${awkward.join('\n')}\n`;

describe('an export of products', () => {
  it('is a file that a spreadsheet does not execute, and whose import changes nothing', async () => {
    const who = owner();
    expect(await fixture.import(who, 'kind=products', file)).toMatchObject({ rowsDone: 3, rowsFailed: 0 });
    const before = await fixture.variants(who);
    const csv = await fixture.export(who, { kind: 'products' });
    expect(csv.startsWith(`${bom}sku,name,price,currency,cost,costCurrency,`)).toBe(true);
    expect(csv).toContain(`00123,"'=SUM(A1), ""quoted""",19.99,EUR,5.00,USD,90750,250,'+1 shirts`);
    for (const text of csv.slice(1).split(/[,\r\n]/)) expect(text).not.toMatch(/^"?[=+\-@\t]/);
    expect(await fixture.import(who, 'kind=products', csv)).toMatchObject({ rowsDone: 3, rowsFailed: 0 });
    expect(await fixture.variants(who)).toEqual(before);
  });

  it('is one object a line as NDJSON', async () => {
    const who = owner();
    await fixture.import(who, 'kind=products', file);
    const lines = (await fixture.export(who, { kind: 'products', format: 'ndjson' })).trim().split('\n');
    const rows = lines.map((line) => JSON.parse(line));
    expect(rows.map(({ sku }) => sku).sort()).toEqual(['00123', '1E5', '90.750']);
    expect(rows.find(({ sku }) => sku === '00123')).toMatchObject({
      name: '=SUM(A1), "quoted"',
      price: { amount: 1999, currency: 'EUR' },
      cost: { amount: 500, currency: 'USD' },
      options: { size: 'S' },
      status: 'draft',
    });
  });

  it('has only what the filter lets through, and of an archived variant nothing', async () => {
    const who = owner();
    await fixture.import(who, 'kind=products', file);
    const [first] = await fixture.variants(who);
    await fixture.as(who).delete(`/v1/variants/${first!.id}`);
    const skus = async (body: Body) =>
      (await fixture.export(who, { kind: 'products', format: 'ndjson', ...body }))
        .trim()
        .split('\n')
        .map((line) => line && JSON.parse(line).sku)
        .sort();
    expect(await skus({})).toEqual(['1E5', '90.750']);
    expect(await skus({ filter: { status: 'active' } })).toEqual(['1E5', '90.750']);
    expect(await skus({ filter: { status: 'draft' } })).toEqual(['']);
  });

  it('is read in pages, each product whole', async () => {
    const who = owner();
    const rows = Array.from({ length: 1_050 }, (_, n) => `S-${n},P ${n % 21},1.00`);
    await fixture.import(who, 'kind=products', `sku,name,price\n${rows.join('\n')}\n`);
    const csv = await fixture.export(who, { kind: 'products' });
    const skus = csv
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',')[0]);
    expect(new Set(skus).size).toBe(1_050);
    expect(skus).toHaveLength(1_050);
  });
});

const movement = {
  id: 'mov_1',
  sku: '=A1',
  variantId: 'var_1',
  locationId: 'loc_1',
  kind: 'adjustment',
  sequence: 3,
  onHandDelta: -2,
  reservedDelta: 0,
  onHandAfter: 5,
  reservedAfter: 0,
  reason: 'lost',
  actor: 'usr_1',
  reference: { type: 'adjustment', id: 'adj_1' },
  createdAt: '2026-01-02T03:04:05.678Z',
};
const euros = (amount: number) => ({ amount, currency: 'EUR' });
const line = { variantId: 'var_1', sku: '=A1', name: '@cap', quantity: 2, unitPrice: euros(150), total: euros(300) };
const order = {
  id: 'ord_1',
  status: 'CONFIRMED',
  customerId: null,
  placedBy: 'usr_1',
  lines: [line, { ...line, sku: 'B' }],
  number: '#1001',
  charges: [
    { kind: 'shipping', label: 'Post', amount: euros(100) },
    { kind: 'discount', label: 'Friends', amount: euros(-60) },
  ],
  payment: { authorised: 0, captured: 600, refunded: 100, refundDue: 0 },
  isArchived: false,
  total: euros(600),
  createdAt: '2026-01-02T03:04:05.678Z',
  updatedAt: '2026-01-02T03:04:05.678Z',
};
/** Two pages of each. */
const owners: Neighbour = (path, body) => {
  const page = (first: object, second: object) =>
    body.after === undefined ? { rows: [first], next: { sort: 'x', id: '1' } } : { rows: [second], next: null };
  const level = { sku: '-S', variantId: 'var_1', location: null, locationId: 'loc_1', onHand: 5, reserved: 1 };
  if (path === '/internal/exports/stock') return page({ ...level, available: 4, reorderLevel: 0 }, level);
  if (path === '/internal/exports/movements') return page(movement, { ...movement, id: 'mov_2' });
  if (path === '/internal/exports/orders') return page(order, { ...order, id: 'ord_2' });
  return inEuros(path, body);
};

describe('what other services own', () => {
  it.each([
    ['stock', "'-S,var_1,,loc_1,5,1,4,0", 2],
    [
      'movements',
      "mov_1,2026-01-02T03:04:05.678Z,'=A1,var_1,loc_1,adjustment,lost,-2,0,5,0,3,usr_1,adjustment,adj_1",
      2,
    ],
    [
      'orders',
      "ord_1,CONFIRMED,2026-01-02T03:04:05.678Z,2026-01-02T03:04:05.678Z,,usr_1,1,var_1,'=A1,'@cap,2,1.50,3.00,6.00,EUR,#1001,0.40,6.00,1.00,false",
      4,
    ],
  ])('is asked for in pages: %s', async (kind, first, count) => {
    fixture.answerWith(owners);
    const who = owner();
    const rows = (await fixture.export(who, { kind })).trim().split('\r\n').slice(1);
    expect(rows).toHaveLength(count);
    expect(rows[0]).toBe(first);
    const asked = fixture.asked.filter(({ path }) => path === `/internal/exports/${kind}`);
    for (const { body } of asked.slice(-2)) expect(body).toMatchObject({ tenantId: who.tenantId, filter: {} });
  });

  it('is waited for when nobody answers', async () => {
    fixture.answerWith(inEuros);
    const who = owner();
    const { body } = await fixture.as(who).post('/v1/exports', { kind: 'stock' });
    const { length } = fixture.asked;
    await until(() => fixture.asked.length > length, { what: 'inventory is asked' });
    fixture.answerWith(owners);
    expect(await fixture.ended(who, `/v1/exports/${body.id}`)).toMatchObject({ status: 'done', rowsDone: 2 });
  });
});

describe('who may export', () => {
  it('may read what is exported, when it is asked for and when it is fetched', async () => {
    const who = owner();
    const support = { ...who, role: 'SUPPORT' as const };
    const { body } = await fixture.as(who).post('/v1/exports', { kind: 'products' });
    await fixture.ended(who, `/v1/exports/${body.id}`);
    expect((await fixture.as(support).post('/v1/exports', { kind: 'products' })).status).toBe(403);
    expect((await fixture.text(support, `/v1/exports/${body.id}/file`)).status).toBe(403);
    const stranger = owner();
    for (const path of ['', '/file']) {
      expect((await fixture.text(stranger, `/v1/exports/${body.id}${path}`)).status).toBe(404);
    }
    const fetched = await fixture.text(who, `/v1/exports/${body.id}/file`);
    expect(fetched.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="products-${body.id}.csv"`,
    });
  });

  it('is told that there is no file yet', async () => {
    fixture.answerWith(inEuros);
    const who = owner();
    const { body } = await fixture.as(who).post('/v1/exports', { kind: 'orders' });
    const early = await fixture.as(who).get(`/v1/exports/${body.id}/file`);
    expect(early).toMatchObject({ status: 409, body: { code: 'export_not_ready' } });
    fixture.answerWith(owners);
    await fixture.ended(who, `/v1/exports/${body.id}`);
  });

  it('gets the first export again under the same key', async () => {
    const who = owner();
    const send = (body: object) => fixture.as(who).post('/v1/exports', body, withKey('k1'));
    const first = await send({ kind: 'products' });
    const again = await send({ kind: 'products' });
    expect(again).toMatchObject({
      status: 202,
      body: { id: first.body.id },
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(await send({ kind: 'stock' })).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });

  it.each([
    [{ kind: 'users' }],
    [{ kind: 'products', filter: { locationId: 'loc_1' } }],
    [{ kind: 'orders', filter: { status: { $ne: 1 } } }],
    [{ kind: 'products', format: 'xlsx' }],
  ])('is refused %j', async (body) => {
    expect((await fixture.as(owner()).post('/v1/exports', body)).status).toBe(400);
  });
});
