// What one connection may do to a server: nothing but one request after the other, each in time.
import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../testing/until.ts';
import { createHttpServer, type ServerTimes } from './http-server.ts';
import { pipelinedCountMax, uploadBytesMin } from './limits.ts';
import { allowUpload } from './slow-bodies.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function client(handler: RequestListener, times?: ServerTimes): Promise<{ server: Server; socket: Socket }> {
  const server = createHttpServer(handler, times);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  open.push(
    () => socket.destroy(),
    () => server.close(),
    () => server.closeAllConnections(),
  );
  return { server, socket };
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const paths = (count: number) => Array.from({ length: count }, (_, n) => `/${n}`);

async function hear(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

describe('pipelined requests', () => {
  it('are processed one after the other, each when the answer before has left', async () => {
    const begun: string[] = [];
    let inProgress = 0;
    let mostAtOnce = 0;
    const { socket } = await client((request, response) => {
      begun.push(request.url!);
      inProgress += 1;
      mostAtOnce = Math.max(mostAtOnce, inProgress);
      setImmediate(() => {
        inProgress -= 1;
        if (request.url === '/8') response.setHeader('connection', 'close');
        response.end(request.url);
      });
    });
    const asked = paths(pipelinedCountMax + 1);
    socket.write(asked.map(get).join(''));
    const heard = await hear(socket);
    expect([...heard.matchAll(/\r\n\r\n(\/\d)/g)].map(([, path]) => path)).toEqual(asked);
    expect([begun, mostAtOnce]).toEqual([asked, 1]);
  });

  it('with bodies keep their bodies', async () => {
    const { socket } = await client((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        if (body === 'last') response.setHeader('connection', 'close');
        response.end(`<${body}>`);
      });
    });
    for (const body of ['one', 'x'.repeat(200_000), 'last']) {
      socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    }
    expect([...(await hear(socket)).matchAll(/<(\w*)>/g)].map(([, body]) => body!.length)).toEqual([3, 200_000, 4]);
  });

  it('are not begun while the answer before is not read', async () => {
    const begun: string[] = [];
    const { socket } = await client((request, response) => {
      begun.push(request.url!);
      response.end(Buffer.alloc(64 * 1024 * 1024));
    });
    socket.pause();
    socket.write(paths(4).map(get).join(''));
    await until(() => begun.length > 0, { what: 'the first request has begun' });
    expect(begun).toEqual(['/0']);
    // Time for a second one to begin, if it could: other connections are served meanwhile.
    for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toEqual(['/0']);
  });

  it('end the connection when there are too many of them at once, and the rest is not even parsed', async () => {
    const begun: string[] = [];
    const { server, socket } = await client((request) => void begun.push(request.url!));
    let parsed = 0;
    server.on('request', () => {
      parsed += 1;
    });
    socket.write(paths(400).map(get).join(''));
    expect(await hear(socket)).toBe('');
    expect([begun, parsed]).toEqual([['/0'], pipelinedCountMax + 2]);
  });

  it('that ask for an upgrade are requests like any other while an answer is due', async () => {
    const upgraded: unknown[] = [];
    const { server, socket } = await client((request, response) => {
      if (request.url === '/last') response.setHeader('connection', 'close');
      response.end(String(request.headers.upgrade));
    });
    server.on('upgrade', (_request, taken) => {
      upgraded.push(taken);
      taken.destroy();
    });
    socket.write(`${get('/first')}GET /last HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    const heard = await hear(socket);
    expect([heard.endsWith('websocket'), upgraded]).toEqual([true, []]);
  });
});

describe('slow senders', () => {
  const times = { requestTimeoutMs: 200, checkMs: 20 };
  it.each([
    ['nothing', ''],
    ['headers without an end', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: '],
    ['a body without an end', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1'],
  ])('of %s are cut off in time', async (_name, text) => {
    const { server, socket } = await client((request) => void request.resume(), times);
    const timedOut = once(server, 'clientError');
    server.on('clientError', (_error, raw) => raw.destroy());
    socket.write(text);
    await once(socket, 'close');
    expect((await timedOut)[0]).toMatchObject({ code: 'ERR_HTTP_REQUEST_TIMEOUT' });
  });

  it('have 30 s, and one second until that is noticed', async () => {
    const { server } = await client(() => undefined);
    const { headersTimeout, requestTimeout } = server;
    expect([headersTimeout, requestTimeout, Reflect.get(server, 'connectionsCheckingInterval')]).toEqual([
      30_000, 600_000, 1_000,
    ]);
  });

  it('of an upload go on while enough arrives, and are cut off when it trickles', async () => {
    const { server, socket } = await client((request) => {
      allowUpload(request);
      request.resume();
    }, times);
    const timedOut = once(server, 'clientError');
    server.on('clientError', (_error, raw) => raw.destroy());
    const began = performance.now();
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n');
    for (let n = 0; n < 3; n += 1) {
      socket.write(Buffer.alloc(uploadBytesMin));
      await until(() => performance.now() - began > (n + 1) * 150, { what: 'some time has passed' });
      expect(socket.destroyed).toBe(false);
    }
    await once(socket, 'close');
    expect((await timedOut)[0]).toMatchObject({ code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    expect(performance.now() - began).toBeGreaterThan(450);
  });
});
