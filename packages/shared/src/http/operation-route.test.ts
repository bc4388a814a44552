import { afterEach, describe, expect, it } from 'vitest';
import { roles } from '../contracts/index.ts';
import { currentScope } from '../persistence/context.ts';
import { correlation } from '../telemetry/index.ts';
import { endThing, makeThing, ping, readThing, type TestApp, testApp } from './app.fixture.ts';
import { type OperationInput, registerOperation } from './operation-route.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
async function newApp(): Promise<TestApp> {
  const made = await testApp();
  open.push(made.app);
  return made;
}

describe('who may call', () => {
  it('answers 401 without a valid token and 403 without the permission, before it looks at the body', async () => {
    const { app, tokens } = await newApp();
    registerOperation(app, makeThing, async () => ({ status: 201, body: { id: 'x', name: 'n' } }));
    const call = (headers: Record<string, string>) =>
      app.inject({ method: 'POST', url: '/v1/things', headers, payload: { bad: 1 } });
    const none = await call({});
    expect([none.statusCode, none.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect((await call({ authorization: 'Bearer x' })).statusCode).toBe(401);
    expect((await call({ authorization: 'Basic x', 'x-user-id': 'usr_1', 'x-tenant-id': 'ten_1' })).statusCode).toBe(
      401,
    );
    for (const role of roles) {
      const { statusCode } = await call(await tokens.bearer({ role }));
      expect([role, statusCode]).toEqual([role, role === 'CUSTOMER' ? 403 : 400]);
    }
  });

  it('runs in the tenant of the token, with the correlation of the request', async () => {
    const { app, tokens } = await newApp();
    const seen: unknown[] = [];
    registerOperation(app, readThing, async ({ auth, params }) => {
      seen.push(currentScope(), correlation().correlationId, auth.userId, auth.role);
      return { status: 200, body: { id: params.id } };
    });
    const headers = {
      ...(await tokens.bearer({ tenantId: 'ten_a', userId: 'usr_a', role: 'STAFF' })),
      'x-request-id': 'r1',
    };
    await app.inject({ url: '/v1/things/1', headers });
    expect(seen).toEqual([{ kind: 'tenant', tenantId: 'ten_a' }, 'r1', 'usr_a', 'STAFF']);
  });

  it('runs a public operation without a tenant, and its caller cannot be read', async () => {
    const { app, tokens } = await newApp();
    let scope: unknown = 'unset';
    registerOperation(app, ping, async (input) => {
      scope = currentScope();
      expect(() => input.auth).toThrow('is public');
      return { status: 204 };
    });
    const answer = await app.inject({ method: 'POST', url: '/v1/ping', headers: await tokens.bearer() });
    expect([answer.statusCode, answer.body, scope]).toEqual([204, '', undefined]);
  });

  it('cannot be registered without a verifier', async () => {
    const { app } = await testApp({ verifier: undefined as never });
    open.push(app);
    expect(() => registerOperation(app, readThing, async () => ({ status: 200 }))).toThrow('no verifier');
  });
});

describe('what an answer shows', () => {
  it('is cut to the contract', async () => {
    const { app, tokens } = await newApp();
    registerOperation(app, readThing, async () => ({
      status: 200,
      body: { id: 'x', passwordHash: 'canary' } as never,
    }));
    expect((await app.inject({ url: '/v1/things/1', headers: await tokens.bearer() })).json()).toEqual({ id: 'x' });
  });

  it('has the version as ETag, 304 when it is known, 412 when If-Match is stale', async () => {
    const { app, tokens } = await newApp();
    registerOperation(app, readThing, async ({ expectVersion }) => {
      expectVersion(3);
      return { status: 200, body: { id: 'x' }, etag: 3 };
    });
    const headers = await tokens.bearer();
    const read = (extra: Record<string, string>) =>
      app.inject({ url: '/v1/things/1', headers: { ...headers, ...extra } });
    expect((await read({})).headers.etag).toBe('"3"');
    expect((await read({})).headers).toMatchObject({ 'cache-control': 'private, no-cache', vary: 'authorization' });
    const known = await read({ 'if-none-match': 'W/"2", W/"3"' });
    expect([known.statusCode, known.body]).toEqual([304, '']);
    expect((await read({ 'if-match': '"2"' })).statusCode).toBe(412);
    expect((await read({ 'if-match': '"3"' })).statusCode).toBe(200);
  });
});

describe('before anything is done', () => {
  it('refuses who does not take JSON, once it is known that they may; problems and 204 are for everybody', async () => {
    const { app, tokens } = await newApp();
    const done: string[] = [];
    registerOperation(app, makeThing, async ({ body }) => {
      done.push(body.name);
      return { status: 201, body: { id: 'x', name: body.name } };
    });
    registerOperation(app, ping, async () => ({ status: 204 }));
    const send = async (accept: string, payload: object = { name: 'n' }) => {
      const headers = { ...(await tokens.bearer()), accept, 'idempotency-key': 'k' };
      return app.inject({ method: 'POST', url: '/v1/things', headers, payload });
    };
    const refused = await send('text/html, application/json;q=0');
    expect([refused.statusCode, refused.json().code]).toEqual([406, 'not_acceptable']);
    expect(refused.headers['content-type']).toBe('application/problem+json');
    expect(done).toEqual([]);
    expect((await send('text/html, */*;q=0.1')).statusCode).toBe(201);
    expect(done).toEqual(['n']);
    const unknown = await app.inject({ method: 'POST', url: '/v1/things', headers: { accept: 'text/html' } });
    expect(unknown.statusCode).toBe(401);
    const silent = await app.inject({ method: 'POST', url: '/v1/ping', headers: { accept: 'text/html' } });
    expect(silent.statusCode).toBe(204);
  });

  it('refuses an If-Match that is no list of entity tags, and says what one looks like', async () => {
    const { app, tokens } = await newApp();
    registerOperation(app, endThing, async () => ({ status: 204 }));
    const end = async (ifMatch: string) => {
      const headers = { ...(await tokens.bearer()), 'if-match': ifMatch };
      return app.inject({ method: 'DELETE', url: '/v1/things/1', headers });
    };
    for (const wrong of ['2', '"2', '"1", 2', 'w/"2"', '"1" *', `"1"${' '.repeat(4_000)}x`]) {
      const { statusCode, ...answer } = await end(wrong);
      expect([wrong, statusCode, answer.json()]).toMatchObject([
        wrong,
        400,
        { code: 'validation_failed', detail: expect.stringContaining('in quotes') },
      ]);
    }
    for (const stale of ['"2"', 'W/"2" , "3"', '"a b"']) expect((await end(stale)).statusCode).toBe(412);
  });

  it('refuses a body where there is none to take, and says so', async () => {
    const { app } = await newApp();
    registerOperation(app, ping, async () => ({ status: 204 }));
    const answer = await app.inject({ method: 'POST', url: '/v1/ping', payload: {} });
    expect([answer.statusCode, answer.json().errors[0].message]).toEqual([
      400,
      'This operation takes no body: leave it out, also an empty object.',
    ]);
  });

  it('refuses another type than that of its files, and names it', async () => {
    const { app, tokens } = await newApp();
    registerOperation(app, { ...makeThing, upload: 'text/csv' }, async () => ({
      status: 201,
      body: { id: 'x', name: 'y' },
    }));
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const headers = { ...(await tokens.bearer()), 'idempotency-key': 'k', 'content-type': type };
      const answer = await app.inject({ method: 'POST', url: '/v1/things', headers, payload: 'a=b' });
      expect([answer.statusCode, answer.json().detail]).toEqual([
        415,
        'Send `Content-Type: text/csv`, and the file as the body.',
      ]);
    }
  });

  it('refuses to change the version of what has none', async () => {
    const { app, tokens } = await newApp();
    let count = 0;
    registerOperation(app, endThing, async () => {
      count += 1;
      return { status: 204 };
    });
    const end = async (ifMatch: Record<string, string>) => {
      const headers = { ...(await tokens.bearer()), ...ifMatch };
      return (await app.inject({ method: 'DELETE', url: '/v1/things/1', headers })).statusCode;
    };
    expect([await end({ 'if-match': '"1"' }), count]).toEqual([412, 0]);
    expect([await end({ 'if-match': '*' }), await end({}), count]).toEqual([204, 204, 2]);
  });
});

describe('Idempotency-Key', () => {
  async function keyed() {
    const { app, tokens } = await newApp();
    const seen: OperationInput<typeof makeThing>['idempotencyKey'][] = [];
    registerOperation(app, makeThing, async ({ idempotencyKey }) => {
      seen.push(idempotencyKey);
      return { status: 201, body: { id: 'x', name: 'n' }, replayed: seen.length > 1 };
    });
    const headers = await tokens.bearer();
    const send = (key: string | undefined, payload: object) =>
      app.inject({
        method: 'POST',
        url: '/v1/things',
        headers: key === undefined ? headers : { ...headers, 'idempotency-key': key },
        payload,
      });
    return { seen, send };
  }

  it('is the same bare or quoted; its hash is that of the parsed body', async () => {
    const { seen, send } = await keyed();
    await send('k-1', { name: 'a', inner: { count: 1 } });
    const replay = await send('"k-1"', { inner: { count: 1 }, name: 'a' });
    await send('k-1', { name: 'b' });
    expect(seen.map((one) => one?.key)).toEqual(['k-1', 'k-1', 'k-1']);
    expect(seen[1]?.requestHash).toBe(seen[0]?.requestHash);
    expect(seen[2]?.requestHash).not.toBe(seen[0]?.requestHash);
    expect(replay.headers['idempotency-replayed']).toBe('true');
  });

  it('is required, and told when it is unusable', async () => {
    const { seen, send } = await keyed();
    expect((await send(undefined, { name: 'a' })).json().code).toBe('idempotency_key_required');
    for (const key of ['a b', '"a', '""', 'x'.repeat(129), 'ä']) {
      expect((await send(key, { name: 'a' })).json().code).toBe('invalid_idempotency_key');
    }
    expect(seen).toEqual([]);
  });
});

it('tells how long a client wants to wait, and that it was honoured', async () => {
  const { app, tokens } = await newApp();
  registerOperation(app, readThing, async ({ preferWaitMs }) => ({
    status: 200,
    body: { id: String(preferWaitMs) },
    preferenceApplied: true,
  }));
  const read = async (prefer: string) => {
    const { headers, body } = await app.inject({
      url: '/v1/things/1',
      headers: { ...(await tokens.bearer()), prefer },
    });
    return [JSON.parse(body).id, headers['preference-applied']];
  };
  expect(await read('wait=7')).toEqual(['7000', 'wait=7']);
  expect(await read('wait=99')).toEqual(['20000', 'wait=20']);
  expect(await read('respond-async')).toEqual(['respond-async', 'respond-async']);
  expect(await read('respond-async, wait=3')).toEqual(['3000', 'wait=3']);
  expect(await read('return=minimal')).toEqual(['undefined', undefined]);
});

it('answers 503 when a handler takes too long', async () => {
  const { app, tokens } = await testApp({ handlerTimeoutMs: 20 });
  open.push(app);
  registerOperation(app, readThing, () => new Promise(() => {}));
  const answer = await app.inject({ url: '/v1/things/1', headers: await tokens.bearer() });
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'unavailable']);
});
