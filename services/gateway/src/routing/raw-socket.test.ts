// What only a bare socket can say: smuggling, doubled headers, odd methods, upgrades in the wrong place.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoService, type Fixture, openFixture } from '../gateway.fixture.ts';

let gateway: Fixture;
let service: Awaited<ReturnType<typeof echoService>>;
let port = 0;
let token = '';
beforeAll(async () => {
  service = await echoService();
  gateway = await openFixture({ urls: [service.url] });
  port = Number(new URL(await gateway.app.listen({ host: '127.0.0.1', port: 0 })).port);
  token = await gateway.tokens.sign();
});
afterAll(async () => {
  await gateway.close();
  await service.app.close();
});

/** Sends text and reads until the gateway closes the connection. */
async function say(lines: string[], body = ''): Promise<{ status: number; text: string }> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(5_000, () => socket.destroy());
  socket.write(`${[...lines, 'Connection: close', '', ''].join('\r\n')}${body}`);
  let text = '';
  for await (const chunk of socket) text += chunk;
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text };
}

const host = 'Host: localhost';
const bearer = () => `Authorization: Bearer ${token}`;

describe('the gateway refuses', () => {
  it.each([
    [
      'Content-Length with Transfer-Encoding',
      ['POST /v1/orders HTTP/1.1', host, 'Content-Length: 4', 'Transfer-Encoding: chunked'],
      '0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n',
      [400],
    ],
    [
      'two Content-Lengths',
      ['POST /v1/orders HTTP/1.1', host, 'Content-Length: 4', 'Content-Length: 5'],
      'abcd',
      [400],
    ],
    [
      'an obfuscated Transfer-Encoding',
      ['POST /v1/orders HTTP/1.1', host, 'Transfer-Encoding: xchunked'],
      '0\r\n\r\n',
      [400, 501],
    ],
    ['a missing Host', ['GET /v1/orders HTTP/1.1'], '', [400]],
    ['two Hosts', ['GET /v1/orders HTTP/1.1', host, 'Host: evil.example'], '', [400]],
    ['an absolute-form target', ['GET http://evil.example/v1/orders HTTP/1.1', host], '', [400, 404]],
    [
      'an absolute-form target of an internal route',
      ['GET http://localhost/internal/revocations HTTP/1.1', host],
      '',
      [400, 404],
    ],
    ['TRACE', ['TRACE /v1/orders HTTP/1.1', host], '', [404, 405]],
    ['CONNECT', ['CONNECT evil.example:443 HTTP/1.1', host], '', [0, 400, 404, 405]],
    ['a space before the colon', ['GET /v1/orders HTTP/1.1', host, 'Authorization : Bearer x'], '', [400]],
    ['a folded header', ['GET /v1/orders HTTP/1.1', host, 'X-A: b', ' Authorization: Bearer x'], '', [400, 401]],
  ])('%s', async (_name, lines, body, statuses) => {
    const before = service.seen.length;
    const { status } = await say(lines as string[], body as string);
    expect(statuses).toContain(status);
    expect(service.seen).toHaveLength(before);
  });

  it('doubled Authorization headers', async () => {
    const before = service.seen.length;
    const { status } = await say(['GET /v1/orders HTTP/1.1', host, bearer(), bearer()]);
    expect([status, service.seen.length]).toEqual([400, before]);
  });

  it('an upgrade outside /socket.io', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `${['GET /v1/orders HTTP/1.1', host, bearer(), 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13', '', ''].join('\r\n')}`,
    );
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe('the gateway passes on', () => {
  it('one identity, whatever a client writes in any case, doubled or named by Connection', async () => {
    const { status } = await say([
      'GET /v1/orders HTTP/1.1',
      host,
      bearer(),
      'X-Tenant-ID: ten_evil',
      'x-tenant-id: ten_evil',
      'X_TENANT_ID: ten_evil',
      'X-Forwarded-For: 6.6.6.6',
      'x-FORWARDED-for: 6.6.6.6',
      'Connection: keep-alive, x-forwarded-for, x-request-id, authorization',
      'X-Request-Id: a',
      'X-Request-Id: b',
    ]);
    expect(status).toBe(200);
    const seen = service.seen.at(-1)!;
    expect(JSON.stringify(seen.headers)).not.toMatch(/evil|6\.6\.6\.6/);
    expect(seen.headers).toMatchObject({ authorization: `Bearer ${token}`, 'x-forwarded-for': '127.0.0.1' });
  });

  it('a GET without the body that came with it', async () => {
    const { status } = await say(
      ['GET /v1/orders HTTP/1.1', host, bearer(), 'Content-Type: application/json', 'Content-Length: 5'],
      'abcde',
    );
    expect(status).toBe(200);
    const { headers, body } = service.seen.at(-1)!;
    expect([body, headers['content-length'], headers['content-type']]).toEqual(['', undefined, undefined]);
  });

  it('a chunked body as one with a length', async () => {
    const { status } = await say(
      [
        'POST /v1/orders/x/cancel HTTP/1.1',
        host,
        bearer(),
        'Content-Type: application/json',
        'Transfer-Encoding: chunked',
      ],
      '3\r\n{"a\r\n5\r\n":1}\n\r\n0\r\n\r\n',
    );
    expect(status).toBe(200);
    const { headers, body } = service.seen.at(-1)!;
    expect([body, headers['content-length'], headers['transfer-encoding']]).toEqual(['{"a":1}\n', '8', undefined]);
  });
});
