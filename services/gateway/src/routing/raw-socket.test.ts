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
/** Stands for it in a table, where there is no token yet. */
const bearerLine = 'Authorization: (a good one)';

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

  const handshake = (query: string, ...more: string[]) => [
    `GET /socket.io/?${query} HTTP/1.1`,
    host,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...more,
    '',
    '',
  ];

  it.each([
    ['of another version', handshake('EIO=3&transport=websocket')],
    ['of two versions', handshake('EIO=4&transport=websocket&EIO=3')],
    ['that polls', handshake('EIO=4&transport=polling')],
    ['that joins another connection', handshake('EIO=4&transport=websocket&sid=abc')],
    ['without a query', handshake('')],
    ['that announces a body', handshake('EIO=4&transport=websocket', 'Content-Length: 5')],
    ['that announces chunks', handshake('EIO=4&transport=websocket', 'Transfer-Encoding: chunked')],
  ])('a handshake %s', async (_name, lines) => {
    const before = service.seen.length;
    const socket = connect(port, '127.0.0.1');
    socket.write(lines.join('\r\n'));
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/);
    expect(service.seen).toHaveLength(before);
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

/** Each a way to make two parsers disagree about where a request ends, or about whose it is. */
const smuggled = 'GET /v1/products HTTP/1.1\r\nHost: localhost\r\n\r\n';
const post = (...headers: string[]) => ['POST /v1/orders HTTP/1.1', host, bearerLine, 'Idempotency-Key: k', ...headers];
const get = (...headers: string[]) => ['GET /v1/orders HTTP/1.1', host, bearerLine, ...headers];
const json = 'Content-Type: application/json';

describe('the gateway refuses, and sees no second request in', () => {
  it.each<[string, string[], string]>([
    ['a negative length', post(json, 'Content-Length: -1'), smuggled],
    ['a length with a sign', post(json, 'Content-Length: +4'), `abcd${smuggled}`],
    ['a length in hexadecimal', post(json, 'Content-Length: 0x4'), `abcd${smuggled}`],
    ['a length with a blank in it', post(json, 'Content-Length: 4 4'), `abcd${smuggled}`],
    ['a list of lengths', post(json, 'Content-Length: 4, 4'), `abcd${smuggled}`],
    ['a length past every number', post(json, `Content-Length: ${'9'.repeat(30)}`), smuggled],
    ['an empty length', post(json, 'Content-Length:'), smuggled],
    [
      'Transfer-Encoding with Content-Length, in this order',
      post(json, 'Transfer-Encoding: chunked', 'Content-Length: 5'),
      `0\r\n\r\n${smuggled}`,
    ],
    ['chunked, then identity', post(json, 'Transfer-Encoding: chunked, identity'), `0\r\n\r\n${smuggled}`],
    ['chunked twice', post(json, 'Transfer-Encoding: chunked, chunked'), `0\r\n\r\n${smuggled}`],
    ['chunked in quotes', post(json, 'Transfer-Encoding: "chunked"'), `0\r\n\r\n${smuggled}`],
    ['an encoding that ends in chunked', post(json, 'Transfer-Encoding: xchunked'), `0\r\n\r\n${smuggled}`],
    ['a vertical tab before chunked', post(json, 'Transfer-Encoding: \u000bchunked'), `0\r\n\r\n${smuggled}`],
    ['chunked in HTTP/1.0', ['POST /v1/orders HTTP/1.0', host, json, 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['a chunk of no size', post(json, 'Transfer-Encoding: chunked'), `\r\nab\r\n0\r\n\r\n${smuggled}`],
    ['a chunk size with a sign', post(json, 'Transfer-Encoding: chunked'), `+2\r\nab\r\n0\r\n\r\n${smuggled}`],
    ['a chunk size with 0x', post(json, 'Transfer-Encoding: chunked'), `0x2\r\nab\r\n0\r\n\r\n${smuggled}`],
    ['a chunk size past every number', post(json, 'Transfer-Encoding: chunked'), `${'f'.repeat(20)}\r\nab\r\n`],
    ['a chunk longer than its size', post(json, 'Transfer-Encoding: chunked'), `1\r\nab\r\n0\r\n\r\n${smuggled}`],
    ['a chunk line that ends in LF', post(json, 'Transfer-Encoding: chunked'), `2\nab\r\n0\r\n\r\n${smuggled}`],
    ['a chunk extension without an end', post(json, 'Transfer-Encoding: chunked'), `2;${'x'.repeat(20_000)}\r\nab\r\n`],
    ['a header without a colon', get('Authorization'), ''],
    ['a header without a name', get(': x'), ''],
    ['a NUL in a header', get('X-A: a\u0000b'), ''],
    ['a CR in a header', get('X-A: a\rX-Tenant-Id: evil'), ''],
    ['a name with a blank', get('X A: b'), ''],
    ['a tab before the colon', get('Authorization\t: Bearer x'), ''],
    ['a name with a bracket', get('X[A]: b'), ''],
    ['a first header line that is folded', ['GET /v1/orders HTTP/1.1', ' X-A: b', host], ''],
    ['a request line without a version and with a body', ['POST /v1/orders'], smuggled],
    ['two blanks in the request line', ['GET  /v1/orders HTTP/1.1', host], ''],
    ['a blank in the path', ['GET /v1/or ders HTTP/1.1', host], ''],
    ['a lower-case version', ['GET /v1/orders http/1.1', host], ''],
    ['HTTP/1.2', ['GET /v1/orders HTTP/1.2', host], ''],
    ['HTTP/2.0', ['GET /v1/orders HTTP/2.0', host], ''],
    ['the preface of HTTP/2', ['PRI * HTTP/2.0'], 'SM\r\n\r\n'],
    ['a control character in the path', ['GET /v1/\u0001 HTTP/1.1', host], ''],
    ['an asterisk for a path', ['OPTIONS * HTTP/1.1', host], ''],
    ['a path without a slash', ['GET v1/orders HTTP/1.1', host], ''],
    ['a path of 20,000 signs', [`GET /${'x'.repeat(20_000)} HTTP/1.1`, host], ''],
    ['more headers than 16 KiB', get(...Array.from({ length: 700 }, (_, n) => `X-${n}: ${'x'.repeat(20)}`)), ''],
    ['an expectation', get('Expect: 200-ok'), ''],
    ['doubled Content-Types', post(json, json, 'Content-Length: 2'), '{}'],
    ['doubled Idempotency-Keys', post('Idempotency-Key: l', json, 'Content-Length: 2'), '{}'],
    ['a compressed body', post(json, 'Content-Encoding: gzip', 'Content-Length: 2'), '{}'],
  ])('%s', async (_name, lines, body) => {
    const before = service.seen.length;
    const { text } = await say(
      lines.map((line) => (line === bearerLine ? bearer() : line)),
      body,
    );
    const answers = text.match(/HTTP\/1\.1 \d+/g) ?? [];
    expect(answers.length).toBeLessThanOrEqual(1);
    for (const answer of answers) expect(answer).toMatch(/ (?:4\d\d|50[15])$/);
    if (answers.length > 0) expect(text).toContain('application/problem+json');
    expect(service.seen).toHaveLength(before);
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
