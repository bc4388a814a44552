import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, openFixture } from '../gateway.fixture.ts';

let gateway: Fixture;
beforeAll(async () => {
  gateway = await openFixture({ urls: ['http://127.0.0.1:1'] });
});
afterAll(() => gateway.close());

const get = (url: string, headers: Record<string, string> = {}) => gateway.app.inject({ url, headers });

describe('the reference page', () => {
  it('names files that are there, all from here, and the document of the API', async () => {
    for (const url of ['/docs', '/docs/']) {
      const page = await get(url);
      expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      const named = [...page.body.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, name]) => name!);
      expect(named).toHaveLength(3);
      for (const name of named) expect([name, (await get(name)).statusCode]).toEqual([name, 200]);
      expect(page.body).not.toMatch(/<script>|https?:/);
    }
    expect((await get('/docs/static/start.js')).body).toContain("'/openapi.json'");
    expect((await get('/docs/json')).json()).toEqual((await get('/openapi.json')).json());
  });

  it('has a content policy of its own, which no other answer has', async () => {
    for (const url of ['/docs', '/docs/static/swagger-ui-bundle.js']) {
      expect((await get(url)).headers['content-security-policy']).toContain("script-src 'self'");
    }
    expect((await get('/v1/nothing')).headers['content-security-policy']).not.toContain('script-src');
  });

  it('is sent compressed as it was compressed once, and may be kept', async () => {
    const headers = { 'accept-encoding': 'gzip, deflate, br' };
    const url = '/docs/static/swagger-ui-bundle.js';
    const [script, again] = [await get(url, headers), await get(url, headers)];
    expect(script.headers).toMatchObject({
      'content-encoding': 'br',
      'content-type': 'text/javascript; charset=utf-8',
      'content-length': String(script.rawPayload.length),
      'cache-control': 'public, max-age=3600',
      etag: again.headers.etag,
    });
    expect(script.rawPayload.length).toBeLessThan(600_000);
    expect(brotliDecompressSync(script.rawPayload).toString()).toContain('SwaggerUIBundle');
    const known = await get(url, { ...headers, 'if-none-match': String(script.headers.etag) });
    expect([known.statusCode, known.body]).toEqual([304, '']);
  });

  it.each([
    '/docs/static/',
    '/docs/static',
    '/docs/static/nothing.js',
    '/docs/static/%00',
    '/docs/static/swagger-ui.css%00.js',
    '/docs/static/..%2f..%2fpackage.json',
    '/docs/static/%2e%2e/%2e%2e/x',
    '/docs/static/a%5c..%5cb',
    '/docs/static/%c0%ae',
    '/docs/static//etc/passwd',
    '/docs/static/../../../package.json',
    `/docs/static/${'a'.repeat(300)}`,
    `/docs/static/${'%2e%2e/'.repeat(50)}etc/passwd`,
  ])('%s is a problem of the client', async (url) => {
    const answer = await get(url);
    expect([400, 404, 414]).toContain(answer.statusCode);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });
});
