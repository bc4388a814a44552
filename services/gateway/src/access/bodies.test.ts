// What bodies may take while they arrive.
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { until } from '@holdfast/shared/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoService, type Fixture, openFixture } from '../gateway.fixture.ts';
import { publicBodyBytesMax, receivedBytesMax, receivedTenantShareMax, receivedUserShareMax } from '../limits.ts';

const bodyBytes = 1_048_576;
const slowCountMax = (receivedBytesMax * receivedTenantShareMax) / bodyBytes;
const userCountMax = (receivedBytesMax * receivedUserShareMax) / bodyBytes;
let service: Awaited<ReturnType<typeof echoService>>;
let gateway: Fixture;
const open: Socket[] = [];
beforeAll(async () => {
  service = await echoService();
  gateway = await openFixture({ urls: [service.url] });
  await gateway.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  for (const socket of open) socket.destroy();
  await gateway.close();
  await service.app.close();
});

/** A connection that has sent the headers of a request, and nothing of its body. */
async function begin(path: string, token: string | undefined, length: string): Promise<Socket> {
  const socket = connect((gateway.app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  open.push(socket);
  const authorization = token ? `Authorization: Bearer ${token}\r\n` : '';
  const type = 'Content-Type: application/json\r\nIdempotency-Key: k\r\n';
  socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\n${authorization}${type}${length}\r\n\r\n`);
  return socket;
}
async function statusOf(socket: Socket): Promise<number> {
  const [chunk] = await once(socket, 'data');
  return Number(/^HTTP\/1\.1 (\d+)/.exec(String(chunk))?.[1]);
}
const large = `Content-Length: ${bodyBytes}`;
/** One that overtakes those before it is admitted instead, and waits for its body: the next one is refused then. */
async function isRefused(token: string): Promise<boolean> {
  const further = await begin('/v1/orders', token, large);
  const answered = once(further, 'data', { signal: AbortSignal.timeout(500) });
  return answered.then(([chunk]) => String(chunk).startsWith('HTTP/1.1 503')).catch(() => false);
}

describe('a body without a token', () => {
  it('is small: 413 by its length, or as soon as it is longer', async () => {
    const url = '/v1/auth/login';
    const payload = `"${'x'.repeat(publicBodyBytesMax)}"`;
    const answer = await gateway.app.inject({
      method: 'POST',
      url,
      payload,
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'payload_too_large']);
    const chunked = await begin(url, undefined, 'Transfer-Encoding: chunked');
    chunked.write(`${(payload.length).toString(16)}\r\n${payload}\r\n`);
    expect(await statusOf(chunked)).toBe(413);
  });

  it('of a compressed kind is refused as what it is, and never inflated', async () => {
    for (const encoding of ['gzip', 'br', 'deflate', 'zstd']) {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      const answer = await gateway.app.inject({ method: 'POST', url: '/v1/auth/login', headers, payload: '{}' });
      expect([encoding, answer.statusCode, answer.json().code]).toEqual([encoding, 415, 'unsupported_media_type']);
    }
    expect(service.seen).toEqual([]);
  });
});

describe('large bodies that are on their way', () => {
  it('of one tenant are bounded; small ones and those of others still come through', async () => {
    const sign = (n: number) => gateway.tokens.sign({ tenantId: 'ten_slow', userId: `usr_${n}` });
    const token = await sign(-1);
    for (let n = 0; n < slowCountMax; n += 1) {
      await begin('/v1/orders', await sign(n % 4), large);
    }
    // The last one has taken its part once a further one is refused.
    await until(() => isRefused(token), { what: 'a further one is refused' });
    const chunked = await begin('/v1/orders', token, 'Transfer-Encoding: chunked');
    expect(await statusOf(chunked)).toBe(503);
    const small = await begin('/v1/orders', token, 'Content-Length: 2');
    small.write('{}');
    expect(await statusOf(small)).toBe(200);
    const other = await begin('/v1/orders', await gateway.tokens.sign({ tenantId: 'ten_other' }), large);
    other.write(`"${'x'.repeat(bodyBytes - 2)}"`);
    expect(await statusOf(other)).toBe(200);
    for (const socket of open) socket.destroy();
    const isTaken = async () => {
      const again = await begin('/v1/orders', token, large);
      again.write(`"${'x'.repeat(bodyBytes - 2)}"`);
      return (await statusOf(again)) === 200;
    };
    await until(isTaken, { what: 'a large one is taken again' });
  });

  it('of one user are bounded too: the others of the business still send theirs', async () => {
    const token = await gateway.tokens.sign({ tenantId: 'ten_shop', userId: 'usr_slow' });
    for (let n = 0; n < userCountMax; n += 1) await begin('/v1/orders', token, large);
    await until(() => isRefused(token), { what: 'a further one of the user is refused' });
    const owner = await begin(
      '/v1/orders',
      await gateway.tokens.sign({ tenantId: 'ten_shop', userId: 'usr_1' }),
      large,
    );
    owner.write(`"${'x'.repeat(bodyBytes - 2)}"`);
    expect(await statusOf(owner)).toBe(200);
    for (const socket of open) socket.destroy();
  });
});
