// What every operation has in common: generated over all to which it applies, at the gateway and at the service itself.
import { randomBytes } from 'node:crypto';
import type { RequestOptions } from '@holdfast/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DescribedOperation, isList, named, operations, parametersIn, takesHeader } from './operations.ts';
import { atGateway, atService, placesOf } from './places.ts';
import { expectProblem } from './problems.ts';
import { ask, bodyWith, pathWith, populate, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await populate();
});

const token = () => world.business.owner.token;
const path = (operation: DescribedOperation) => pathWith(operation, world.ids);
const takesBody = operations.filter(({ method }) => method !== 'GET');

describe('unknown fields are 400, told by name', () => {
  it.each(named(operations))('%s: in the query', async (_id, operation) => {
    for (const [, send] of placesOf(operation)) {
      const answer = await send(operation.method, `${path(operation)}?notKnown=1`, {
        token: token(),
        body: bodyWith(operation, world.ids),
      });
      expectProblem(answer, 400, 'validation_failed');
      expect(answer.body.errors).toContainEqual(
        expect.objectContaining({ pointer: '/notKnown', code: 'unknown_field' }),
      );
    }
  });

  it.each(named(operations.filter(({ body }) => body)))('%s: in the body', async (_id, operation) => {
    for (const [, send] of placesOf(operation)) {
      const body = { ...(bodyWith(operation, world.ids) as object), notKnown: 1 };
      const answer = await send(operation.method, path(operation), { token: token(), body, key: 'unknown-field' });
      expectProblem(answer, 400, 'validation_failed');
      expect(answer.body.errors).toContainEqual(
        expect.objectContaining({ pointer: '/notKnown', code: 'unknown_field' }),
      );
    }
  });
});

describe('X-Request-Id and traceparent come back', () => {
  it.each(named(operations))('%s', async (_id, operation) => {
    const traceId = randomBytes(16).toString('hex');
    const headers = { 'x-request-id': `test-${traceId}`, traceparent: `00-${traceId}-${'1'.repeat(16)}-01` };
    for (const [, send] of placesOf(operation)) {
      const answer = await send(operation.method, `${path(operation)}?notKnown=1`, { headers });
      expect(answer.headers.get('x-request-id')).toBe(headers['x-request-id']);
      expect(answer.headers.get('traceparent')).toContain(traceId);
      expect(answer.body.traceId).toBe(traceId);
    }
  });
});

describe('a method that a path does not have is 405 with Allow', () => {
  const byPath = Map.groupBy(operations, (operation) => operation.path);
  it.each([...byPath])('%s', async (_path, [one, ...others]) => {
    const own = [one!, ...others].map(({ method }) => method);
    const allowed = (own.includes('GET') ? [...own, 'HEAD'] : own).sort().join(', ');
    for (const [, send] of placesOf(one!)) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((name) => !own.includes(name))) {
        for (const options of [{}, { token: token() }, { token: token(), body: {} }] satisfies RequestOptions[]) {
          const answer = await send(method, path(one!), method === 'GET' ? { ...options, body: undefined } : options);
          expectProblem(answer, 405, 'method_not_allowed');
          expect(answer.headers.get('allow')).toBe(allowed);
        }
      }
    }
  });
});

describe('a body of another type than JSON is 415', () => {
  const types = [
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json-patch+json',
    'application/jsonx',
  ];
  it.each(named(takesBody))('%s', async (_id, operation) => {
    const isPatch = operation.method === 'PATCH';
    for (const [, send] of placesOf(operation)) {
      for (const type of isPatch ? types : [...types, 'application/merge-patch+json']) {
        const answer = await send(operation.method, path(operation), {
          token: token(),
          key: 'another-type',
          rawBody: '{}',
          headers: { 'content-type': type },
        });
        expectProblem(answer, 415, 'unsupported_media_type');
        const patchTypes = 'application/json, application/merge-patch+json';
        expect(answer.headers.get('accept-patch')).toBe(isPatch ? patchTypes : null);
      }
    }
  });

  it.each(named(operations.filter(({ method }) => method === 'PATCH')))('%s takes both', async (_id, operation) => {
    expect(operation.body!.types).toEqual(['application/json', 'application/merge-patch+json']);
    for (const type of operation.body!.types) {
      const answer = await ask(world, operation, { headers: { 'content-type': type } });
      expect([type, answer.status, answer.text.slice(0, 300)]).toEqual([type, 200, expect.any(String)]);
    }
  });
});

describe('who takes no JSON gets 406, and nothing is done', () => {
  const withContent = operations.filter(({ responses }) => '406' in responses);

  it('applies wherever there is a body in the answer', () => {
    const empty = operations.filter((operation) => !withContent.includes(operation));
    for (const { operationId, responses, isDownload } of empty)
      expect([operationId, '204' in responses || isDownload]).toEqual([operationId, true]);
  });

  it.each(named(withContent))('%s', async (_id, operation) => {
    for (const [, send] of placesOf(operation)) {
      const status = async (accept: string) => {
        const answer = await send(operation.method, `${path(operation)}?notKnown=1`, {
          token: token(),
          headers: { accept },
        });
        expectProblem(answer, [400, 406]);
        return answer.status;
      };
      for (const accept of ['text/html', 'application/json;q=0', '*/*;q=0', 'image/*, text/*'])
        expect([accept, await status(accept)]).toEqual([accept, 406]);
      for (const accept of ['*/*', 'application/*', 'text/html, application/json;q=0.1', 'application/problem+json'])
        expect([accept, await status(accept)]).toEqual([accept, 400]);
    }
  });
});

describe('what is read and has not changed is 304', () => {
  const withTag = operations.filter(({ responses }) => '304' in responses);

  it.each(named(withTag))('%s', async (_id, operation) => {
    const first = await ask(world, operation);
    expect(first.status, first.text).toBe(200);
    const tag = first.headers.get('etag')!.replace(/^W\//, '');
    expect(tag).toBe(`"${first.body.version}"`);
    for (const send of [atGateway, atService(operation.service)]) {
      const read = (known: string) =>
        send('GET', path(operation), { token: token(), headers: { 'if-none-match': known } });
      for (const known of [tag, `W/${tag}`, `"x", W/"y" , ${tag}`, '*']) {
        const answer = await read(known);
        expect([known, answer.status, answer.text]).toEqual([known, 304, '']);
        expect(answer.headers.get('etag')).toContain(tag);
        expect(answer.headers.get('cache-control')).toBe('private, no-cache');
      }
      for (const known of ['"x"', `"x${first.body.version}"`, 'W/"0"', String(first.body.version)])
        expect([known, (await read(known)).status]).toEqual([known, 200]);
    }
  });

  it.each(named(operations.filter(({ method }) => method === 'GET')))(
    '%s has a tag only where told',
    async (_id, one) => {
      const answer = await ask(world, one);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.headers.has('etag')).toBe(withTag.includes(one));
    },
  );
});

describe('HEAD is GET without its body', () => {
  it.each(named(operations.filter(({ method }) => method === 'GET')))('%s', async (_id, operation) => {
    const [get, head] = [await ask(world, operation), await atGateway('HEAD', path(operation), { token: token() })];
    expect([head.status, head.text]).toEqual([get.status, '']);
    for (const name of ['content-type', 'etag', 'link', 'cache-control'])
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
  });
});

describe('a body of more than 1 MiB is 413', () => {
  it.each(named(takesBody.filter(({ upload }) => !upload)))('%s', async (_id, operation) => {
    const rawBody = JSON.stringify({ text: 'x'.repeat(1_048_576) });
    const answer = await atGateway(operation.method, path(operation), { token: token(), rawBody });
    expectProblem(answer, 413, 'payload_too_large');
  });
});

describe('a list has pages', () => {
  const lists = operations.filter(isList);
  const read = (operation: DescribedOperation, query: string) =>
    atGateway('GET', `${path(operation)}?${query}`, { token: token() });

  it.each(named(lists))('%s: one after the other, each item once', async (_id, operation) => {
    const whole = await read(operation, 'limit=100');
    const paged: unknown[] = [];
    let next: string | undefined = 'limit=1';
    for (let page = 0; next !== undefined && page < 200; page += 1) {
      const { status, body, headers } = await read(operation, next);
      expect([status, Object.keys(body).sort()]).toEqual([200, ['data', 'nextCursor']]);
      paged.push(...(body.data as unknown[]));
      const link = headers.get('link');
      next = link === null ? undefined : /^<[^?]+\?([^>]+)>; rel="next"$/.exec(link)![1]!;
      expect(next === undefined).toBe(body.nextCursor === null);
      if (next !== undefined) expect(new URLSearchParams(next).get('cursor')).toBe(body.nextCursor);
    }
    expect(whole.body).toEqual({ data: paged, nextCursor: null });
  });

  it.each(named(lists))('%s: of 1 to 100 items, by sealed cursors', async (_id, operation) => {
    for (const limit of ['0', '-1', '101', '1.5', '1e1', '0x10', ' 1', 'all', ''])
      expectProblem(await read(operation, `limit=${limit}`), 400, 'validation_failed');
    for (const cursor of ['x', 'WzFd.AAAAAAAAAAAAAAAAAAAAAA', '.', 'a.', '..'])
      expectProblem(await read(operation, `cursor=${cursor}`), 400, 'invalid_cursor');
  });
});

describe('what has changed since it was read is 412', () => {
  const changing = operations.filter(({ method }) => ['PATCH', 'PUT', 'DELETE'].includes(method));

  it.each(named(changing))('%s', async (_id, operation) => {
    expect(takesHeader(operation, 'If-Match')).toBe(true);
    for (const stale of ['"99999"', 'W/"99999"', '"x", "y"', '"1x"']) {
      const answer = await ask(world, operation, { headers: { 'if-match': stale } });
      expectProblem(answer, 412, 'stale_version');
    }
  });

  it.each(named(changing.filter(({ method }) => method === 'PATCH')))('%s with the tag', async (_id, operation) => {
    for (let n = 0; n < 2; n += 1) {
      const { status, headers } = await ask(world, operation, { headers: { 'if-match': '*' } });
      const tag = headers.get('etag')!;
      expect([status, tag]).toEqual([200, expect.stringMatching(/^(W\/)?"\d+"$/)]);
      for (const known of [tag, `"x", ${tag}`])
        expect((await ask(world, operation, { headers: { 'if-match': known } })).status).toBe(200);
    }
  });
});

describe('Idempotency-Key', () => {
  const keyed = operations.filter((operation) => takesHeader(operation, 'Idempotency-Key'));

  it('is taken by every POST outside auth that creates or moves something', () => {
    // What is only asked is stored nowhere: asked again it is answered anew.
    const asks = ['quoteOrder'];
    const creates = operations.filter(({ method, operationId }) => method === 'POST' && !asks.includes(operationId));
    const without = creates.filter((one) => !keyed.includes(one));
    for (const { operationId, service } of without.filter(({ isSigned }) => !isSigned))
      expect([operationId, service]).toEqual([operationId, 'auth']);
  });

  it.each(named(keyed))('%s: malformed or missing is 400', async (_id, operation) => {
    for (const key of ['a b', '"a', '""', 'x'.repeat(129), '\u00e4'])
      expectProblem(await ask(world, operation, { key }), 400, 'invalid_idempotency_key');
    const header = parametersIn(operation, 'header').find(({ name }) => name === 'Idempotency-Key')!;
    if (header.required) {
      expectProblem(await ask(world, operation, { key: undefined }), 400, 'idempotency_key_required');
    }
  });

  it.each(named(keyed))('%s: again is the first answer, with another body 422', async (_id, operation) => {
    const key = `key-of-${operation.operationId}`;
    const first = await ask(world, operation, { key });
    expect([200, 201, 202], first.text).toContain(first.status);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    for (const same of [key, `"${key}"`]) {
      const replay = await ask(world, operation, { key: same });
      expect([replay.status, replay.headers.get('idempotency-replayed')]).toEqual([first.status, 'true']);
      // The secret of an API key is shown once.
      expect(replay.body).toEqual({ ...first.body, key: replay.body.key });
      expect(replay.body.key).toBeUndefined();
    }
    // Of what takes no body there is no other request.
    if (!operation.body && !operation.upload) return;
    expectProblem(await ask(world, operation, { key, ...otherThan(operation) }), 422, 'idempotency_key_reused');
  });
});

/** Another request: another file, another kind of export, or the same body with something changed in it. */
function otherThan(operation: DescribedOperation): RequestOptions {
  if (operation.upload) return { rawBody: `${operation.upload.example}X-1,Another,1.00,1\n` };
  if (operation.operationId === 'createExport') return { body: { kind: 'stock' } };
  return { body: changed(bodyWith(operation, world.ids)) };
}

/** The same body with one text or number changed, no id. */
function changed(body: unknown): unknown {
  const copy = structuredClone(body) as Record<string, unknown>;
  const change = (holder: Record<string, unknown>): boolean =>
    Object.entries(holder).some(([name, value]) => {
      if (/Ids?$/.test(name)) return false;
      if (typeof value === 'number') holder[name] = value + 1;
      else if (typeof value === 'string' && name !== 'email') holder[name] = `${value}x`;
      else return typeof value === 'object' && value !== null && change(value as Record<string, unknown>);
      return true;
    });
  if (!change(copy)) throw new Error(`nothing to change in ${JSON.stringify(body)}`);
  return copy;
}
