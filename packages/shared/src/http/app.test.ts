import { afterEach, describe, expect, it } from 'vitest';
import { DomainError } from '../errors/index.ts';
import { makeThing, readThing, testApp } from './app.fixture.ts';
import { bodyBytesMax, bodyDepthMax } from './limits.ts';
import { registerOperation } from './operation-route.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function thingsApp() {
  const made = await testApp();
  open.push(made.app);
  registerOperation(made.app, makeThing, async ({ body }) => ({ status: 201, body: { id: 'x', name: body.name } }));
  registerOperation(made.app, readThing, async ({ params }) => ({ status: 200, body: { id: params.id } }));
  const headers = { ...(await made.tokens.bearer()), 'idempotency-key': 'k', 'content-type': 'application/json' };
  const post = (payload: string | Buffer, extra: Record<string, string> = {}) =>
    made.app.inject({ method: 'POST', url: '/v1/things', headers: { ...headers, ...extra }, payload });
  return { ...made, headers, post };
}

describe('bodies', () => {
  it.each([
    ['broken JSON', '{"name":', 'malformed_json'],
    ['__proto__', '{"name":"a","__proto__":{"polluted":1}}', 'malformed_json'],
    ['nested __proto__', '{"name":"a","free":{"__proto__":{"polluted":1}}}', 'malformed_json'],
    ['constructor.prototype', '{"name":"a","free":{"constructor":{"prototype":{"polluted":1}}}}', 'malformed_json'],
    ['an unknown field', '{"name":"a","tenantId":"ten_b"}', 'validation_failed'],
    ['an operator', '{"name":{"$ne":null}}', 'validation_failed'],
    ['no body', '', 'validation_failed'],
    ['too deep', `{"name":"a","free":${'['.repeat(bodyDepthMax)}${']'.repeat(bodyDepthMax)}}`, 'validation_failed'],
    ['far too deep', `{"name":"a","free":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'validation_failed'],
  ])('refuses %s with 400', async (_name, payload, code) => {
    const { post } = await thingsApp();
    const answer = await post(payload);
    expect([answer.statusCode, answer.json().code]).toEqual([400, code]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('points at each field that is wrong', async () => {
    const { post } = await thingsApp();
    const { errors } = (await post('{"name":5,"inner":{"count":1.5,"a/b":1}}')).json();
    expect(errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/name', '/inner/count', '/inner/a~1b']);
  });

  it('refuses more than 1 MiB with 413', async () => {
    const { post } = await thingsApp();
    const answer = await post(`{"name":"${'x'.repeat(bodyBytesMax)}"}`);
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'payload_too_large']);
  });

  it.each([
    'text/plain',
    'application/xml',
    'application/merge-patch+json',
    'application/json\t x',
    'application/jsonx',
  ])('refuses %j with 415', async (type) => {
    const { post } = await thingsApp();
    const answer = await post('{"name":"a"}', { 'content-type': type });
    expect([answer.statusCode, answer.json().code]).toEqual([415, 'unsupported_media_type']);
  });

  it.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json ;'])(
    'validates %j',
    async (type) => {
      const { post } = await thingsApp();
      expect((await post('{"name":5}', { 'content-type': type })).statusCode).toBe(400);
      expect((await post('{"name":"a"}', { 'content-type': type })).statusCode).toBe(201);
    },
  );
});

describe('paths and methods', () => {
  it('answers 404 to what is unknown and 405 with Allow to what has other methods', async () => {
    const { app } = await thingsApp();
    const unknown = await app.inject('/v1/nothing?token=secret');
    expect(unknown.json()).toMatchObject({ status: 404, code: 'not_found', instance: '/v1/nothing' });
    const other = await app.inject({ method: 'PUT', url: '/v1/things/1' });
    expect([other.statusCode, other.json().code, other.headers.allow]).toEqual([
      405,
      'method_not_allowed',
      'GET, HEAD',
    ]);
  });

  it('answers 405 to a method that only a route with a parameter would have taken', async () => {
    const { app } = await thingsApp();
    app.post('/v1/things/bulk', async () => ({}));
    const read = await app.inject('/v1/things/bulk');
    expect([read.statusCode, read.headers.allow]).toEqual([405, 'POST']);
    expect((await app.inject({ method: 'POST', url: '/v1/things/bulk' })).statusCode).toBe(200);
  });

  it('answers 414 to a long parameter and 400 to a malformed path', async () => {
    const { app } = await thingsApp();
    const long = await app.inject(`/v1/things/${'x'.repeat(101)}`);
    expect([long.statusCode, long.json().code]).toEqual([414, 'uri_too_long']);
    const malformed = await app.inject('/v1/things/%zz');
    expect([malformed.statusCode, malformed.json().code]).toEqual([400, 'validation_failed']);
  });
});

describe('every answer', () => {
  it('has security headers, a request id and a trace; the client may bring both', async () => {
    const { app } = await thingsApp();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const own = await app.inject({ url: '/v1/nothing', headers: { traceparent, 'x-request-id': 'abc-1' } });
    expect(own.headers).toMatchObject({ traceparent, 'x-request-id': 'abc-1', 'x-content-type-options': 'nosniff' });
    expect(own.json().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    const bad = await app.inject({ url: '/v1/nothing', headers: { traceparent: 'x', 'x-request-id': 'a b' } });
    expect(bad.headers['x-request-id']).toMatch(/^req_[0-9a-f-]{36}$/);
    expect(bad.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('hides what a bug says, and logs it', async () => {
    const { app, logged, tokens } = await testApp();
    open.push(app);
    registerOperation(app, readThing, async () => {
      throw new Error('secret of the driver at 10.0.0.1');
    });
    const answer = await app.inject({ url: '/v1/things/1', headers: await tokens.bearer() });
    expect([answer.statusCode, answer.json().code]).toEqual([500, 'internal']);
    expect(answer.body).not.toContain('driver');
    expect(logged.join('')).toContain('secret of the driver');
    expect(JSON.parse(logged[0]!)).toMatchObject({ correlationId: answer.headers['x-request-id'], level: 'error' });
  });

  it('is 503 with Retry-After when a store is down', async () => {
    const { app, tokens } = await testApp();
    open.push(app);
    registerOperation(app, readThing, async () => {
      throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.1'), { name: 'MongoServerSelectionError' });
    });
    const answer = await app.inject({ url: '/v1/things/1', headers: await tokens.bearer() });
    expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([503, 'unavailable', '1']);
    expect(answer.body).not.toContain('10.0.0.1');
  });

  it('hides an answer that does not fit its contract', async () => {
    const { app, tokens, logged } = await testApp();
    open.push(app);
    registerOperation(app, readThing, async () => ({ status: 200, body: { id: 5 } as never }));
    const answer = await app.inject({ url: '/v1/things/1', headers: await tokens.bearer() });
    expect([answer.statusCode, answer.json().code]).toEqual([500, 'internal']);
    expect(logged).not.toEqual([]);
  });
});

describe('operations of a process', () => {
  it('is ready without what is only useful, and unready without what is required or while it drains', async () => {
    let ok = true;
    const { app } = await testApp({
      health: {
        checks: {
          store: { required: true, check: () => ({ ok }) },
          road: {
            required: false,
            check: async () => {
              throw new Error('redis://10.0.0.1 is away');
            },
          },
        },
      },
    });
    open.push(app);
    expect((await app.inject('/health/ready')).statusCode).toBe(200);
    const status = await app.inject('/health/status');
    expect(status.json()).toMatchObject({ status: 'degraded', checks: { road: { ok: false, required: false } } });
    expect(status.body).not.toContain('10.0.0.1');
    ok = false;
    expect((await app.inject('/health/ready')).json()).toMatchObject({ status: 503, failing: ['store'] });
    ok = true;
    app.lifecycle.isDraining = true;
    const draining = await app.inject('/health/ready');
    expect([draining.statusCode, draining.headers.connection]).toEqual([503, 'close']);
    expect((await app.inject('/health/live')).statusCode).toBe(200);
  });

  it('counts answers by route, never by path', async () => {
    const { app, headers } = await thingsApp();
    await app.inject({ url: '/v1/things/ord_private', headers });
    const { body } = await app.inject('/metrics');
    expect(body).toMatch(/holdfast_http_request_duration_seconds_count\{.*route="\/v1\/things\/:id".*\} 1/);
    expect(body).not.toContain('ord_private');
  });

  it('shows metrics on a public listener only for the token', async () => {
    const { app } = await testApp({ metricsToken: 'right' });
    open.push(app);
    expect((await app.inject('/metrics')).statusCode).toBe(404);
    expect((await app.inject({ url: '/metrics', headers: { authorization: 'Bearer wrong' } })).statusCode).toBe(404);
    expect((await app.inject({ url: '/metrics', headers: { authorization: 'Bearer right' } })).statusCode).toBe(200);
  });

  it('describes its operations', async () => {
    const { app } = await thingsApp();
    const document = (await app.inject('/openapi.json')).json();
    expect(document.paths['/v1/things/{id}'].get['x-permission']).toEqual(['orders:read', 'orders:read:own']);
  });
});

it('keeps the headers and extras of a refusal', async () => {
  const { app, tokens } = await testApp();
  open.push(app);
  registerOperation(app, readThing, async () => {
    throw new DomainError('insufficient_stock', { extra: { shortages: [] }, headers: { 'x-hint': 'h' } });
  });
  const answer = await app.inject({ url: '/v1/things/1', headers: await tokens.bearer() });
  expect([answer.statusCode, answer.json().shortages, answer.headers['x-hint']]).toEqual([409, [], 'h']);
});
