// Importing products through the routes and the queue, on real servers.
import { until, withKey } from '@holdfast/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, owner, type Who } from '../catalog.fixture.ts';
import { type JobFixture, openJobFixture } from './imports.fixture.ts';

let fixture: JobFixture;
beforeAll(async () => {
  fixture = await openJobFixture();
});
afterAll(() => fixture.close());

const products = 'kind=products';
const lines = (...rows: string[]) => `${rows.join('\n')}\n`;
const file = lines(
  'sku,name,price,cost,barcode,category,status,option.size,initialStock',
  'TEE-S,Tee,19.99,5.00,00123,shirts,active,S,5',
  'TEE-M,Tee,19.99,5.00,,shirts,active,M,6',
  'CAP,"Cap, warm",29,,4006381333931,,draft,,',
);

describe('a file of products', () => {
  it('becomes products with variants, and its import says so', async () => {
    const who = owner();
    const taken = await fixture.upload(who, products, file);
    expect(taken).toMatchObject({
      status: 202,
      headers: { location: `/v1/imports/${taken.body.id}` },
      body: { kind: 'products', status: 'queued', decimal: 'point', rowsRead: 0, bytes: Buffer.byteLength(file) },
    });
    const done = await fixture.ended(who, `/v1/imports/${taken.body.id}`);
    expect(done).toMatchObject({ status: 'done', rowsTotal: 3, rowsRead: 3, rowsDone: 3, rowsFailed: 0 });
    const [cap, medium, small] = await fixture.variants(who);
    expect(small).toMatchObject({
      sku: 'TEE-S',
      productName: 'Tee',
      barcode: '00123',
      options: { size: 'S' },
      price: { amount: 1999, currency: 'EUR' },
      cost: { amount: 500, currency: 'EUR' },
    });
    expect(medium!.productId).toBe(small!.productId);
    expect(cap).toMatchObject({ sku: 'CAP', productName: 'Cap, warm', price: { amount: 2900, currency: 'EUR' } });
    expect(await fixture.errors(who, taken.body.id)).toEqual([]);
  });

  it('a second time changes nothing', async () => {
    const who = owner();
    await fixture.import(who, products, file);
    const before = await fixture.variants(who);
    expect(await fixture.import(who, products, file)).toMatchObject({ status: 'done', rowsDone: 3, rowsFailed: 0 });
    expect(await fixture.variants(who)).toEqual(before);
  });

  it('with flaws has every bad row named by line and column; the others are applied', async () => {
    const who = owner();
    const flawed = lines(
      'sku,name,price,barcode,weightGrams,status,currency',
      'A-1,A,1.00,,,,',
      'A-2,A,"1,00",,,,',
      'A-3,A,1.005,,,,',
      'A-4,A,1.00,4.00638E+12,,,',
      'a-1,A,2.00,,,,',
      'A-6,A,1.00,,1.5,,',
      'A-7,A,1.00,,,sold,',
      'A-8,A,1.00',
      'A-9,A,100,,,,JPY',
      'A-10,A,1.0,,,,JPY',
      ',A,1.00,,,,',
      'B-1,,1.00,,,,',
    );
    const done = await fixture.import(who, products, flawed);
    expect(done).toMatchObject({ status: 'done', rowsTotal: 12, rowsRead: 12, rowsDone: 2, rowsFailed: 10 });
    const errors = await fixture.errors(who, done.id);
    expect(errors.map((line) => line.split(',').slice(0, 3))).toEqual([
      ['3', 'price', 'decimal_sign'],
      ['4', 'price', 'too_many_decimals'],
      ['5', 'barcode', 'scientific_notation'],
      ['6', 'sku', 'duplicate_sku'],
      ['7', 'weightGrams', 'invalid_number'],
      ['8', 'status', 'invalid_value'],
      ['9', '', 'wrong_cell_count'],
      ['11', 'price', 'too_many_decimals'],
      ['12', 'sku', 'required'],
      ['13', 'name', 'required'],
    ]);
    expect(errors[3]).toContain('Line 2 has this SKU already.');
    expect((await fixture.variants(who)).map(({ sku, price }) => [sku, price])).toEqual([
      ['A-1', { amount: 100, currency: 'EUR' }],
      ['A-9', { amount: 100, currency: 'JPY' }],
    ]);
  });

  it('with a declared decimal comma is read with it', async () => {
    const who = owner();
    const german = lines('sku;name;price', 'A;Mütze;19,9', 'B;Mütze;1.000,00');
    const done = await fixture.import(who, `${products}&decimal=comma`, german);
    expect(done).toMatchObject({ rowsDone: 1, rowsFailed: 1 });
    expect(await fixture.variants(who)).toMatchObject([{ price: { amount: 1990 }, productName: 'Mütze' }]);
    expect((await fixture.errors(who, done.id))[0]).toMatch(/^3,price,decimal_sign,/);
  });

  it.each([
    ['missing columns', 'sku,nam\nA,B\n', { flaw: 'missing_column', columns: ['name', 'price'] }],
    [
      'unknown columns',
      'sku,name,price,colour,option.__proto__\n',
      { flaw: 'unknown_column', columns: ['colour', 'option.__proto__'] },
    ],
    ['repeated columns', 'sku,name,price,SKU\n', { flaw: 'duplicate_column', columns: ['sku'] }],
    ['nothing in it', '', { flaw: 'empty_file' }],
    ['only blank lines', '\n\r\n\n', { flaw: 'empty_file' }],
    ['a header that never ends', `sku,name,price${',x'.repeat(20_000)}`, { flaw: 'record_too_long' }],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x73, 0x00, 0x0a, 0x00]), { flaw: 'not_utf8', line: 1 }],
  ])('with %s is refused before any row is written', async (_what, content, problem) => {
    const who = owner();
    const answer = await fixture.upload(who, products, content as string | Buffer);
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_csv', ...problem } });
    expect((await fixture.as(who).get('/v1/imports')).body.data).toEqual([]);
  });

  it.each([
    ['a quote that is not closed', 'A,"x,1\nB,y,2\n', { code: 'malformed_csv' }],
    ['text behind a quote', 'A,x,1\nB,"y"z,2\n', { code: 'malformed_csv', line: 3 }],
    [
      'bytes that are no text',
      Buffer.concat([Buffer.from('A,x,1\nB,'), Buffer.from([0xe9, 0x2c, 0x31, 0x0a])]),
      { code: 'not_utf8', line: 3 },
    ],
    ['a NUL', 'A,x,1\nB,y\0,2\n', { code: 'not_utf8', line: 3 }],
    ['one endless cell', `A,x,1\nB,${'y'.repeat(300_000)},2\n`, { code: 'record_too_long' }],
  ])('that has %s below its header fails as a whole, and changes nothing', async (_what, rows, failure) => {
    const who = owner();
    const content = Buffer.concat([Buffer.from('sku,name,price\n'), Buffer.from(rows as string)]);
    expect(await fixture.import(who, products, content)).toMatchObject({ status: 'failed', rowsDone: 0, failure });
    expect(await fixture.variants(who)).toEqual([]);
  });
});

describe('a file that is broken further down', () => {
  it('changes nothing, however many good rows stand above', async () => {
    const who = owner();
    const rows = Array.from({ length: 1_200 }, (_, n) => `S-${n},P ${n % 40},1`);
    const done = await fixture.import(who, products, lines('sku,name,price', ...rows, 'X,"open,1'));
    expect(done).toMatchObject({ status: 'failed', rowsRead: 0, rowsDone: 0, failure: { code: 'malformed_csv' } });
    expect(await fixture.variants(who)).toEqual([]);
  });
});

describe('an Idempotency-Key', () => {
  it('gives the first import again; another file or query under it is refused', async () => {
    const who = owner();
    const send = (query: string, content: string) => fixture.upload(who, query, content, withKey('k1'));
    const first = await send(products, file);
    const again = await send(products, file);
    expect(again).toMatchObject({ status: 202, headers: { 'idempotency-replayed': 'true' } });
    expect(again.body.id).toBe(first.body.id);
    for (const [query, content] of [
      [products, `${file}X,Y,1,,,,,,\n`],
      [`${products}&decimal=comma`, file],
    ] as const) {
      expect(await send(query, content)).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    }
    expect(await fixture.ended(who, `/v1/imports/${first.body.id}`)).toMatchObject({ status: 'done', rowsDone: 3 });
  });
});

describe('who may import', () => {
  const sends = (who: Who, query = products) => fixture.upload(who, query, file);

  it('needs the permission, also for what the file changes', async () => {
    expect((await sends({ ...owner(), role: 'STAFF' })).status).toBe(403);
    expect((await sends({ ...owner(), role: 'CUSTOMER' })).status).toBe(403);
  });

  it('sees imports of the own business only', async () => {
    const who = owner();
    const { id } = await fixture.import(who, products, file);
    const stranger = owner();
    for (const path of ['', '/errors']) {
      expect((await fixture.as(stranger).get(`/v1/imports/${id}${path}`)).status).toBe(404);
    }
    expect((await fixture.as(stranger).get('/v1/imports')).body.data).toEqual([]);
    expect((await fixture.as(who).get('/v1/imports')).body.data.map((one: Body) => one.id)).toEqual([id]);
  });

  it('sends CSV and nothing else', async () => {
    const who = owner();
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      expect((await fixture.upload(who, products, '{}', { 'content-type': type })).status).toBe(415);
    }
    expect((await fixture.upload(who, 'kind=orders', file)).status).toBe(400);
    expect((await fixture.upload(who, `${products}&x=1`, file)).status).toBe(400);
  });
});

describe('an import whose currency nobody tells', () => {
  it('waits, and goes on when auth is back', async () => {
    const who = owner();
    fixture.answerWith(() => undefined);
    const { length } = fixture.asked;
    const { body } = await fixture.upload(who, 'kind=products', file);
    await until(() => fixture.asked.length > length, { what: 'auth is asked' });
    fixture.answerWith(() => ({ currency: 'EUR' }));
    expect(await fixture.ended(who, `/v1/imports/${body.id}`)).toMatchObject({ status: 'done', rowsDone: 3 });
  });
});
