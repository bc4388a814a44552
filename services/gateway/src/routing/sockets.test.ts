// Sockets through the gateway, to a realtime stand-in that speaks just enough WebSocket:
// it greets and tells what it was sent.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, openFixture } from '../gateway.fixture.ts';
import { isAllowedOrigin } from './sockets.routes.ts';

type Handshake = { url: string; headers: IncomingHttpHeaders };
const seen: Handshake[] = [];
const held: Duplex[] = [];
let realtime: Server;
let gateway: Fixture;
let base = '';

function greet(socket: Duplex, key: string): void {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.write(Buffer.concat([Buffer.from([0x81, 5]), Buffer.from('hello')]));
}

beforeAll(async () => {
  realtime = createServer((_request, response) => response.end('plain HTTP')).on('upgrade', (request, socket) => {
    seen.push({ url: request.url ?? '', headers: request.headers });
    held.push(socket);
    socket.on('error', () => undefined);
    greet(socket, String(request.headers['sec-websocket-key']));
  });
  realtime.listen(0, '127.0.0.1');
  await once(realtime, 'listening');
  gateway = await openFixture({
    urls: [`http://127.0.0.1:${(realtime.address() as AddressInfo).port}`],
    origins: ['https://shop.example'],
  });
  base = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await gateway.close();
  for (const socket of held) socket.destroy();
  realtime.close();
});

async function open(path: string, headers: Record<string, string> = {}, at = base): Promise<string> {
  const socket = new WebSocket(`${at.replace('http', 'ws')}${path}`, { headers });
  try {
    return await new Promise((resolve) => {
      socket.addEventListener('message', ({ data }) => resolve(String(data)));
      socket.addEventListener('error', () => resolve('refused'));
      socket.addEventListener('close', () => resolve('closed'));
    });
  } finally {
    socket.close();
  }
}

describe('a socket', () => {
  it('reaches realtime with the query, an origin, and nothing else that a client claims', async () => {
    const greeting = await open('/socket.io/?EIO=4&transport=websocket', {
      origin: 'https://shop.example',
      authorization: 'Bearer evil',
      cookie: 'evil=1',
      'x-user-id': 'evil',
      'x-tenant-id': 'evil',
      'x-forwarded-for': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
    });
    expect(greeting).toBe('hello');
    const { url, headers } = seen.at(-1)!;
    expect(url).toBe('/socket.io/?EIO=4&transport=websocket');
    expect(JSON.stringify(headers)).not.toMatch(/evil|6\.6\.6\.6/);
    expect(headers).toMatchObject({ origin: 'https://shop.example', 'x-forwarded-for': '127.0.0.1' });
  });

  it.each([
    ['of another origin', '/socket.io/?EIO=4&transport=websocket', { origin: 'https://evil.example' }],
    ['on another path', '/other', {}],
    ['on a path of the API', '/v1/orders', {}],
  ])('%s is refused', async (_name, path, headers) => {
    const before = seen.length;
    expect(await open(path, headers)).toBe('refused');
    expect(seen).toHaveLength(before);
  });

  it('cannot be replaced by polling', async () => {
    const answer = await gateway.app.inject('/socket.io/?EIO=4&transport=polling');
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'not_found']);
    const pretending = await fetch(`${base}/socket.io/?EIO=4&transport=polling`, { method: 'POST', body: 'x' });
    expect([404, 405, 415]).toContain(pretending.status);
  });
});

/** A gateway over these realtime processes, and what clients of it hear first, one after the other. */
async function greetings(urls: string[], count = 4): Promise<string[]> {
  const other = await openFixture({ urls });
  try {
    const address = await other.app.listen({ host: '127.0.0.1', port: 0 });
    const heard: string[] = [];
    for (let n = 0; n < count; n += 1) heard.push(await open('/socket.io/?EIO=4&transport=websocket', {}, address));
    return heard;
  } finally {
    await other.close();
  }
}

describe('a realtime process that takes no sockets', () => {
  const alive = () => `http://127.0.0.1:${(realtime.address() as AddressInfo).port}`;

  it('because it is dead, is passed over', async () => {
    expect(await greetings(['http://127.0.0.1:1', alive()])).toEqual(['hello', 'hello', 'hello', 'hello']);
  });

  it('because it refuses, is passed over', async () => {
    const refusing = createServer().on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
    refusing.listen(0, '127.0.0.1');
    await once(refusing, 'listening');
    const url = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    expect(await greetings([url, alive()])).toEqual(['hello', 'hello', 'hello', 'hello']);
    refusing.close();
  });

  it('because it does not answer, is passed over', async () => {
    const silent = createServer().on('upgrade', (_request, socket) => void held.push(socket));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    expect(await greetings([url, alive()], 2)).toEqual(['hello', 'hello']);
    silent.close();
  });

  // A socket that opened and closes without a word is what clients wait 20 s for.
  it('when there is no other, fails the handshake instead of opening and closing the socket', async () => {
    expect(await greetings(['http://127.0.0.1:1', 'http://127.0.0.1:2'])).toEqual(Array(4).fill('refused'));
  });
});

it.each([
  ['without a key', { 'Sec-WebSocket-Version': '13', Upgrade: 'websocket' }],
  ['of another version', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '8' }],
  ['to another protocol', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', Upgrade: 'h2c' }],
])('a handshake %s is answered 400', async (_name, headers) => {
  const { port } = new URL(base);
  const asked = request({
    host: '127.0.0.1',
    port,
    path: '/socket.io/?EIO=4&transport=websocket',
    headers: { connection: 'Upgrade', upgrade: 'websocket', ...headers },
  });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(400);
  answer.resume();
});

it('stopping ends the sockets that are open', async () => {
  const other = await openFixture({ urls: [`http://127.0.0.1:${(realtime.address() as AddressInfo).port}`] });
  const address = await other.app.listen({ host: '127.0.0.1', port: 0 });
  const socket = new WebSocket(`${address.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  await new Promise((resolve) => socket.addEventListener('message', resolve));
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve));
  await other.close();
  await closed;
});

it('origins are compared exactly', () => {
  const allowed = (origin: string | undefined) => isAllowedOrigin(origin, 'api.example:8080', ['https://shop.example']);
  expect([undefined, 'https://shop.example', 'http://api.example:8080'].map(allowed)).toEqual([true, true, true]);
  for (const origin of [
    'https://shop.example.evil',
    'https://xshop.example',
    'http://api.example',
    'null',
    '',
    'https://evil/shop.example',
  ]) {
    expect([origin, allowed(origin)]).toEqual([origin, false]);
  }
});
