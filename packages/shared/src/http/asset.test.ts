import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestApp, testApp } from './app.fixture.ts';
import { createAsset, sendAsset } from './asset.ts';
import { preferredEncoding } from './encoding.ts';

const text = 'a line of a document\n'.repeat(500);
const asset = createAsset(text, 'text/plain');
let made: TestApp;
beforeAll(async () => {
  made = await testApp();
  made.app.get('/asset', (request, reply) => sendAsset(asset, request, reply));
});
afterAll(() => made.app.close());

const get = (headers: Record<string, string>, method: 'GET' | 'HEAD' = 'GET') =>
  made.app.inject({ method, url: '/asset', headers });

describe('an asset', () => {
  it('is compressed once for each encoding, and every answer is the same bytes', async () => {
    for (const encoding of ['br', 'gzip'] as const) {
      const [first, second] = await Promise.all([asset.bytesIn(encoding), asset.bytesIn(encoding)]);
      expect(first).toBe(second);
      expect(await asset.bytesIn(encoding)).toBe(first);
    }
    expect((await asset.bytesIn(undefined)).toString()).toBe(text);
  });

  it('comes in the encoding that the client takes', async () => {
    const br = await get({ 'accept-encoding': 'gzip, br' });
    expect([br.headers['content-encoding'], brotliDecompressSync(br.rawPayload).toString()]).toEqual(['br', text]);
    const gzip = await get({ 'accept-encoding': 'gzip' });
    expect([gzip.headers['content-encoding'], gunzipSync(gzip.rawPayload).toString()]).toEqual(['gzip', text]);
    const plain = await get({});
    expect([plain.headers['content-encoding'], plain.body, plain.headers.vary]).toEqual([
      undefined,
      text,
      'accept-encoding',
    ]);
    expect(new Set([br, gzip, plain].map(({ headers }) => headers.etag)).size).toBe(3);
  });

  it('is not sent again to who has it in that encoding', async () => {
    const { etag } = (await get({ 'accept-encoding': 'br' })).headers;
    const again = await get({ 'accept-encoding': 'br', 'if-none-match': String(etag) });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    expect((await get({ 'accept-encoding': 'gzip', 'if-none-match': String(etag) })).statusCode).toBe(200);
  });

  it('has the length at HEAD that it has at GET', async () => {
    const headers = { 'accept-encoding': 'br' };
    const [asked, had] = [await get(headers, 'HEAD'), await get(headers)];
    expect([asked.headers['content-length'], asked.body]).toEqual([had.headers['content-length'], '']);
    expect(Number(asked.headers['content-length'])).toBe(had.rawPayload.length);
  });
});

it.each([
  [undefined, undefined],
  ['', undefined],
  ['identity', undefined],
  ['gzip', 'gzip'],
  ['gzip;q=1.0, br;q=0.5', 'br'],
  ['br;q=0, gzip', 'gzip'],
  ['br;q=0.000, gzip;q=0', undefined],
  ['*', 'br'],
  ['*;q=0', undefined],
  ['br;q=0, *', 'gzip'],
  ['GZIP', 'gzip'],
  ['deflate, xbr', undefined],
])('of %j is chosen %j', (accepted, encoding) => {
  expect(preferredEncoding(accepted)).toBe(encoding);
});
