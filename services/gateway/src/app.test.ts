import { gunzipSync } from 'node:zlib';
import { allOperations, type Operation, permissionsOf, roles } from '@holdfast/shared/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { echoService, type GatewayOptions, openFixture, type Seen, wideLimits } from './gateway.fixture.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function behindGateway(options: Partial<GatewayOptions> = {}, behave?: Parameters<typeof echoService>[0]) {
  const service = await echoService(behave);
  const gateway = await openFixture({ urls: [service.url], ...options });
  open.push(() => service.app.close(), gateway.close);
  return { ...gateway, service };
}

const concrete = ({ path }: Operation) => path.replace(/:[A-Za-z]+/g, 'some_id');

describe('the edge', () => {
  // Every operation as every role: some hundred requests, which a busy machine takes seconds for.
  it('lets each role do what the one permission table says, and nobody without a token', {
    timeout: 30_000,
  }, async () => {
    const { app, tokens } = await behindGateway();
    const callers = await Promise.all(roles.map(async (role) => ({ role, headers: await tokens.bearer({ role }) })));
    for (const operation of allOperations) {
      const { access, method } = operation;
      const call = (headers: Record<string, string>) => app.inject({ method, url: concrete(operation), headers });
      if (access === 'public') {
        expect([operation.operationId, (await call({})).statusCode]).toEqual([operation.operationId, 200]);
        continue;
      }
      expect([operation.operationId, (await call({})).statusCode]).toEqual([operation.operationId, 401]);
      for (const { role, headers } of callers) {
        const may = access === 'session' || access.some((permission) => permissionsOf(role).has(permission));
        const { statusCode } = await call(headers);
        expect([operation.operationId, role, statusCode]).toEqual([operation.operationId, role, may ? 200 : 403]);
      }
    }
  });

  it('routes operations only: no internal routes, metrics or other paths of a service', async () => {
    const { app, tokens, service } = await behindGateway();
    const headers = await tokens.bearer();
    for (const url of [
      '/internal/revocations',
      '/metrics',
      '/v1//orders',
      '/V1/orders',
      '/v1/orders/../../internal/x',
      '/',
    ]) {
      const { statusCode } = await app.inject({ url, headers });
      expect([url, statusCode]).toEqual([url, 404]);
    }
    for (const url of ['/v1/orders/%2e%2e', '/v1/orders/..%2f..%2finternal', '/v1/orders/%2e%2e%2fx']) {
      const { statusCode } = await app.inject({ url, headers });
      expect([url, [400, 404].includes(statusCode)]).toEqual([url, true]);
    }
    expect(service.seen).toEqual([]);
    const other = await app.inject({ method: 'DELETE', url: '/v1/orders/x/timeline', headers });
    expect([other.statusCode, other.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it('refuses a revoked session', async () => {
    const { app, tokens } = await behindGateway();
    const headers = await tokens.bearer({ sessionId: 'ses_a' });
    expect((await app.inject({ url: '/v1/orders', headers })).statusCode).toBe(200);
    tokens.revoke('ses_a');
    expect((await app.inject({ url: '/v1/orders', headers })).json().code).toBe('unauthenticated');
  });

  it('refuses other types than JSON, and bodies over 1 MiB', async () => {
    const { app, tokens } = await behindGateway();
    const headers = { ...(await tokens.bearer()), 'idempotency-key': 'k' };
    const send = (type: string, payload: string) =>
      app.inject({ method: 'POST', url: '/v1/orders', headers: { ...headers, 'content-type': type }, payload });
    expect((await send('text/plain', '{}')).statusCode).toBe(415);
    expect((await send('text/plain', '{}')).json().detail).toContain('application/json');
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const url = '/v1/imports?kind=products';
      const owner = { ...(await tokens.bearer({ role: 'OWNER' })), 'content-type': type };
      const file = await app.inject({ method: 'POST', url, headers: owner, payload: 'sku' });
      expect([file.statusCode, file.json().detail]).toEqual([415, expect.stringContaining('text/csv')]);
    }
    expect((await send('application/json', `"${'x'.repeat(1_048_576)}"`)).statusCode).toBe(413);
    expect((await send('application/json', '{}')).statusCode).toBe(200);
  });
});

describe('what a service sees', () => {
  it('is the body as it came, the query, and listed headers only', async () => {
    const { app, tokens, service } = await behindGateway();
    const payload = '{ "lines" : [ ] }';
    const headers = {
      ...(await tokens.bearer()),
      'content-type': 'application/json',
      'idempotency-key': 'k-1',
      prefer: 'wait=3',
      'if-match': '"3"',
      'x-user-id': 'usr_evil',
      'X-Tenant-Id': 'ten_evil',
      'x-internal-token': 'evil',
      x_tenant_id: 'ten_evil',
      forwarded: 'for=6.6.6.6',
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-host': 'evil.example',
      'x-real-ip': '6.6.6.6',
      cookie: 'session=evil',
      connection: 'authorization, x-request-id, idempotency-key',
    };
    await app.inject({ method: 'POST', url: '/v1/orders?trace=1', headers, payload });
    const [seen] = service.seen as [Seen];
    expect([seen.method, seen.url, seen.body]).toEqual(['POST', '/v1/orders?trace=1', payload]);
    expect(JSON.stringify(seen.headers)).not.toMatch(/evil|6\.6\.6\.6/);
    expect(seen.headers).toMatchObject({
      authorization: headers.authorization,
      'idempotency-key': 'k-1',
      prefer: 'wait=3',
      'if-match': '"3"',
      'x-forwarded-for': '127.0.0.1',
      'x-request-id': expect.stringMatching(/^req_/),
      traceparent: expect.stringMatching(/^00-/),
    });
  });

  it('is an empty body where none was sent', async () => {
    const { app, tokens, service } = await behindGateway();
    await app.inject({ method: 'POST', url: '/v1/orders/x/cancel', headers: await tokens.bearer() });
    expect(service.seen[0]).toMatchObject({ body: '', headers: { 'content-length': '0' } });
  });

  it('is the address of the client behind listed proxies, and of the peer otherwise', async () => {
    const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' };
    const trusting = await behindGateway({ trustedProxies: ['127.0.0.0/8'] });
    await trusting.app.inject({ url: '/v1/orders', headers: { ...headers, ...(await trusting.tokens.bearer()) } });
    expect(trusting.service.seen[0]?.headers['x-forwarded-for']).toBe('203.0.113.9');
    const direct = await behindGateway();
    await direct.app.inject({ url: '/v1/orders', headers: { ...headers, ...(await direct.tokens.bearer()) } });
    expect(direct.service.seen[0]?.headers['x-forwarded-for']).toBe('127.0.0.1');
  });
});

describe('what a client sees', () => {
  it('is the answer of the service, its ETag and status, and nothing of our connection to it', async () => {
    const { app, tokens } = await behindGateway({}, (service) => {
      service.get('/v1/orders/x', async (_request, reply) =>
        reply.code(409).header('etag', '"9"').type('application/problem+json').send({ code: 'illegal_transition' }),
      );
    });
    const answer = await app.inject({ url: '/v1/orders/x', headers: await tokens.bearer() });
    expect([answer.statusCode, answer.headers.etag, answer.json().code]).toEqual([409, '"9"', 'illegal_transition']);
    expect(answer.headers['keep-alive']).toBeUndefined();
    expect(answer.headers['strict-transport-security']).toContain('max-age');
  });

  it('is compressed from 1 KiB on', async () => {
    const { app, tokens } = await behindGateway({}, (service) => {
      service.get('/v1/orders', async (_request, reply) =>
        reply.header('etag', '"7"').send({ data: 'x'.repeat(2_000) }),
      );
      service.get('/v1/products', async () => ({ data: 'x'.repeat(500) }));
    });
    const headers = { ...(await tokens.bearer()), 'accept-encoding': 'gzip' };
    const large = await app.inject({ url: '/v1/orders', headers });
    expect([large.headers['content-encoding'], large.headers.etag]).toEqual(['gzip', 'W/"7"']);
    expect(JSON.parse(gunzipSync(large.rawPayload).toString()).data).toHaveLength(2_000);
    expect((await app.inject({ url: '/v1/products', headers })).headers['content-encoding']).toBeUndefined();
  });

  it('has at HEAD the length of GET, or none where compression would change it, and never a body', async () => {
    const { app, tokens } = await behindGateway({}, (made) => {
      made.get('/v1/orders', async () => ({ data: 'x'.repeat(2_000) }));
      made.get('/v1/orders/x', async (_request, reply) => reply.header('etag', '"9"').send({ id: 'x' }));
    });
    const ask = async (method: 'GET' | 'HEAD', url: string, encoding: string) =>
      app.inject({ method, url, headers: { ...(await tokens.bearer()), 'accept-encoding': encoding } });
    for (const [url, encoding] of [
      ['/v1/orders/x', 'gzip'],
      ['/v1/orders', 'identity'],
      ['/health/live', 'gzip'],
      ['/openapi.json', 'gzip'],
    ] as const) {
      const [head, get] = [await ask('HEAD', url, encoding), await ask('GET', url, encoding)];
      expect([url, head.headers['content-length'], head.headers.etag, head.body]).toEqual([
        url,
        get.headers['content-length'],
        get.headers.etag,
        '',
      ]);
    }
    const compressed = await ask('HEAD', '/v1/orders', 'gzip');
    expect([compressed.headers['content-length'], compressed.headers['content-encoding']]).toEqual([undefined, 'gzip']);
  });

  it('is 405 with Allow for a method that the path does not have, QUERY included', async () => {
    const { app, tokens, service } = await behindGateway();
    const headers = await tokens.bearer();
    for (const method of ['QUERY', 'PUT', 'PROPFIND']) {
      const answer = await app.inject({ method: method as 'PUT', url: '/v1/orders/x/timeline', headers });
      expect([method, answer.statusCode, answer.headers.allow]).toEqual([method, 405, 'GET, HEAD']);
    }
    expect((await app.inject({ method: 'HEAD', url: '/v1/orders/x/cancel', headers })).headers.allow).toBe('POST');
    expect(service.seen).toEqual([]);
  });

  it('carries CORS headers for listed origins only', async () => {
    const { app, tokens } = await behindGateway({ origins: ['https://shop.example'] });
    const headers = await tokens.bearer();
    const allowed = async (origin: string) =>
      (await app.inject({ url: '/v1/orders', headers: { ...headers, origin } })).headers['access-control-allow-origin'];
    expect(await allowed('https://shop.example')).toBe('https://shop.example');
    for (const origin of [
      'https://shop.example.evil',
      'https://evil-shop.example',
      'http://shop.example',
      'null',
      '*',
    ]) {
      expect([origin, await allowed(origin)]).toEqual([origin, undefined]);
    }
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/v1/orders',
      headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
    });
    expect([preflight.statusCode, preflight.headers['access-control-allow-origin']]).toEqual([
      204,
      'https://shop.example',
    ]);
    expect(preflight.headers.vary).toMatch(/Origin/i);
    expect(preflight.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('is 503 with Retry-After when a service is down', async () => {
    const { app, tokens, service } = await behindGateway();
    await service.app.close();
    const answer = await app.inject({ url: '/v1/orders', headers: await tokens.bearer() });
    expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([503, 'unavailable', '1']);
  });

  it('is 503 when a service dies in the middle of its answer', async () => {
    const { app, tokens } = await behindGateway({}, (service) => {
      service.get('/v1/orders', (_request, reply) => {
        reply.hijack();
        reply.raw.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        reply.raw.write('{"data":');
        setImmediate(() => reply.raw.destroy());
      });
    });
    const answer = await app.inject({ url: '/v1/orders', headers: await tokens.bearer() });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'unavailable']);
  });
});

describe('several replicas', () => {
  it('are asked in turn; one that is down is passed over, also with a body', async () => {
    const [one, two] = [await echoService(), await echoService()];
    const gateway = await openFixture({ urls: [one.url, two.url] });
    open.push(
      () => one.app.close(),
      () => two.app.close(),
      gateway.close,
    );
    const headers = { ...(await gateway.tokens.bearer()), 'idempotency-key': 'k' };
    const place = () => gateway.app.inject({ method: 'POST', url: '/v1/orders', headers, payload: { lines: [] } });
    for (let n = 0; n < 4; n++) expect((await place()).statusCode).toBe(200);
    expect([one.seen.length, two.seen.length]).toEqual([2, 2]);
    await one.app.close();
    for (let n = 0; n < 4; n++) expect((await place()).statusCode).toBe(200);
    expect(two.seen).toHaveLength(6);
    expect(two.seen.at(-1)?.body).toBe('{"lines":[]}');
  });
});

describe('API keys', () => {
  const withKey = (apiKey: string) => ({ authorization: `Bearer ${apiKey}` });

  it('reach services as an access token, and may do what they were made for', async () => {
    const { app, service } = await behindGateway();
    expect((await app.inject({ url: '/v1/stock', headers: withKey('hf_good') })).statusCode).toBe(200);
    const { authorization } = service.seen[0]!.headers;
    expect(authorization).toMatch(/^Bearer eyJ/);
    expect(JSON.stringify(service.seen)).not.toContain('hf_good');
    expect((await app.inject({ url: '/v1/orders', headers: withKey('hf_good') })).statusCode).toBe(403);
  });

  it('that auth refuses, or that were revoked, are refused and draw on the budget of their address', async () => {
    const { app, tokens } = await behindGateway({
      limits: { ...wideLimits, anonymous: { quota: 3, windowSeconds: 60 } },
    });
    const get = async (apiKey: string) => (await app.inject({ url: '/v1/stock', headers: withKey(apiKey) })).statusCode;
    expect(await get('hf_gone')).toBe(200);
    tokens.revoke('hf_gone');
    expect([await get('hf_gone'), await get('hf_bad'), await get('hf_bad'), await get('hf_bad')]).toEqual([
      401, 401, 401, 429,
    ]);
  });

  it('that are made up cost auth no more than the budget of their address, and hold up no key that was taken', async () => {
    const { app, keysAsked } = await behindGateway({
      limits: { ...wideLimits, anonymous: { quota: 3, windowSeconds: 60 } },
    });
    const get = (apiKey: string) => app.inject({ url: '/v1/stock', headers: withKey(apiKey) });
    const first = await get('hf_good');
    expect([first.statusCode, first.headers.ratelimit]).toEqual([200, expect.stringMatching(/^"tenant";r=/)]);
    const statuses: number[] = [];
    for (let n = 0; n < 10; n += 1) statuses.push((await get(`hf_bad${n}`)).statusCode);
    expect(statuses).toEqual([401, 401, 401, ...Array(7).fill(429)]);
    expect(keysAsked).toEqual(['hf_good', 'hf_bad0', 'hf_bad1', 'hf_bad2']);
    expect((await get('hf_good')).statusCode).toBe(200);
  });

  it('count for their business only', async () => {
    const limits = { ...wideLimits, user: { quota: 1, windowSeconds: 60 }, tenant: { quota: 3, windowSeconds: 60 } };
    const { app } = await behindGateway({ limits });
    const get = (apiKey: string) => app.inject({ url: '/v1/stock', headers: withKey(apiKey) });
    expect((await get('hf_a')).headers['ratelimit-policy']).toBe('"tenant";q=3;w=60');
    expect([(await get('hf_a')).statusCode, (await get('hf_b')).statusCode, (await get('hf_a')).statusCode]).toEqual([
      200, 200, 429,
    ]);
  });
});

describe('rate limits', () => {
  it('count signed-in callers by user and by tenant, and tell what is left', async () => {
    const limits = { ...wideLimits, user: { quota: 2, windowSeconds: 60 }, tenant: { quota: 3, windowSeconds: 60 } };
    const { app, tokens } = await behindGateway({ limits });
    const [a, b] = [
      await tokens.bearer({ tenantId: 'ten_a', userId: 'usr_a' }),
      await tokens.bearer({ tenantId: 'ten_a', userId: 'usr_b' }),
    ];
    const other = await tokens.bearer({ tenantId: 'ten_b', userId: 'usr_a' });
    const get = (headers: Record<string, string>) => app.inject({ url: '/v1/orders', headers });
    const first = await get(a);
    expect(first.headers['ratelimit-policy']).toBe('"user";q=2;w=60, "tenant";q=3;w=60');
    expect(first.headers.ratelimit).toBe('"user";r=1;t=60, "tenant";r=2;t=60');
    expect((await get(a)).statusCode).toBe(200);
    const refused = await get(a);
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'rate_limited']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await get(b)).statusCode).toBe(429);
    expect((await get(other)).statusCode).toBe(200);
  });

  it('follow the rate plan that the token tells; a plan that is unknown is the standard one', async () => {
    const limits = {
      ...wideLimits,
      tenant: { quota: 1, windowSeconds: 60 },
      tenantPlus: { quota: 2, windowSeconds: 60 },
    };
    const { app, tokens } = await behindGateway({ limits });
    const askThrice = async (plan: unknown) => {
      const headers = await tokens.bearer({ tenantId: `ten_${JSON.stringify(plan)}`, plan });
      const answers = [];
      for (let n = 0; n < 3; n += 1) answers.push(await app.inject({ url: '/v1/orders', headers }));
      const policy = String(answers[0]!.headers['ratelimit-policy']).split(', ')[1];
      return [policy, ...answers.map(({ statusCode }) => statusCode)];
    };
    expect(await askThrice(undefined)).toEqual(['"tenant";q=1;w=60', 200, 429, 429]);
    expect(await askThrice('standard')).toEqual(['"tenant";q=1;w=60', 200, 429, 429]);
    expect(await askThrice('later')).toEqual(['"tenant";q=1;w=60', 200, 429, 429]);
    expect(await askThrice(['plus'])).toEqual(['"tenant";q=1;w=60', 200, 429, 429]);
    expect(await askThrice('plus')).toEqual(['"tenant";q=2;w=60', 200, 200, 429]);
    expect(await askThrice('unlimited')).toEqual([undefined, 200, 200, 200]);
  });

  it('count sign-ins by address and account, whatever blanks are around the slug', async () => {
    const { app } = await behindGateway({ limits: { ...wideLimits, auth: { quota: 2, windowSeconds: 900 } } });
    const statuses: number[] = [];
    for (const tenant of ['fjord', ' fjord', 'fjord\t', '\ufefffjord', 'FJORD\u00a0']) {
      const payload = { tenant, email: 'ida@fjord.example', password: 'x' };
      statuses.push((await app.inject({ method: 'POST', url: '/v1/auth/login', payload })).statusCode);
    }
    expect(statuses).toEqual([200, 200, 429, 429, 429]);
  });

  it('count sign-ins by address and account, whatever case or +tag', async () => {
    const { app } = await behindGateway({ limits: { ...wideLimits, auth: { quota: 2, windowSeconds: 900 } } });
    const login = async (email: string, tenant = 'fjord') =>
      (await app.inject({ method: 'POST', url: '/v1/auth/login', payload: { tenant, email, password: 'x' } }))
        .statusCode;
    expect([await login('ida@fjord.example'), await login('IDA+1@Fjord.example')]).toEqual([200, 200]);
    expect([await login('ida@fjord.example'), await login('ida+2@fjord.example')]).toEqual([429, 429]);
    expect([await login('nils@fjord.example'), await login('ida@fjord.example', 'other')]).toEqual([200, 200]);
  });

  it('count guesses of the own password by the caller, whatever address the body names', async () => {
    const { app, tokens } = await behindGateway({ limits: { ...wideLimits, auth: { quota: 2, windowSeconds: 900 } } });
    const guess = async (userId: string, n: number) => {
      const headers = await tokens.bearer({ userId });
      const payload = { email: `x${n}@evil.example`, currentPassword: `guess ${n}` };
      return (await app.inject({ method: 'PATCH', url: '/v1/me', headers, payload })).statusCode;
    };
    expect([await guess('usr_a', 1), await guess('usr_a', 2), await guess('usr_a', 3)]).toEqual([200, 200, 429]);
    expect(await guess('usr_b', 4)).toBe(200);
  });

  it('count what is done with a mailed token by the token, not all of an address together', async () => {
    const { app } = await behindGateway({ limits: { ...wideLimits, auth: { quota: 1, windowSeconds: 900 } } });
    const accept = async (token: string) => {
      const payload = { token, password: 'a long pass phrase' };
      return (await app.inject({ method: 'POST', url: '/v1/auth/accept-invitation', payload })).statusCode;
    };
    expect([await accept('one'), await accept('two'), await accept('one')]).toEqual([200, 200, 429]);
  });

  it('count anonymous and unauthenticated requests by address; a forged X-Forwarded-For gives no new budget', async () => {
    const { app } = await behindGateway({ limits: { ...wideLimits, anonymous: { quota: 3, windowSeconds: 600 } } });
    const get = async (n: number) =>
      (await app.inject({ url: '/v1/orders', headers: { authorization: 'Bearer x', 'x-forwarded-for': `1.1.1.${n}` } }))
        .statusCode;
    expect([await get(1), await get(2), await get(3), await get(4)]).toEqual([401, 401, 401, 429]);
    for (const url of ['/.well-known/jwks.json', '/health/live', '/openapi.json']) {
      expect((await app.inject(url)).statusCode).toBe(200);
    }
  });
});

describe('documents', () => {
  it('describe every operation, and the page that shows them has a policy of its own', async () => {
    const { app } = await behindGateway();
    const { paths } = (await app.inject('/openapi.json')).json();
    const described = Object.values(paths as Record<string, object>).flatMap((methods) => Object.values(methods));
    expect(described).toHaveLength(allOperations.length);
    const page = await app.inject('/docs/');
    expect([page.statusCode, page.headers['content-security-policy']]).toEqual([
      200,
      expect.stringContaining("script-src 'self'"),
    ]);
    expect((await app.inject('/docs/json')).json().openapi).toBe('3.1.0');
    expect((await app.inject('/v1/nothing')).headers['content-security-policy']).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    );
  });
});
