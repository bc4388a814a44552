import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createUpstreamPool, mayRetry } from './upstream-pool.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

describe('a request is sent again', () => {
  it.each(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT', 'EHOSTUNREACH'])(
    'after %s, always: nobody has seen it',
    (code) => {
      expect(mayRetry(failure(code), 'POST', {})).toBe(true);
      expect(mayRetry(failure(code), 'PATCH', {})).toBe(true);
    },
  );

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])('after %s only if acting twice changes nothing', (code) => {
    expect(mayRetry(failure(code), 'GET', {})).toBe(true);
    expect(mayRetry(failure(code), 'POST', { 'idempotency-key': 'k' })).toBe(true);
    expect(mayRetry(failure(code), 'POST', {})).toBe(false);
    expect(mayRetry(failure(code), 'PATCH', {})).toBe(false);
  });

  it('never after a timeout of the answer', () => {
    expect(mayRetry(failure('UND_ERR_HEADERS_TIMEOUT'), 'GET', {})).toBe(false);
  });
});

it('requests that come at once do not lead one another back to an address that refuses', async () => {
  const server = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const alive = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pool = createUpstreamPool(['http://127.0.0.1:1', alive], { connectionsMax: 8 });
  const asked = Array.from({ length: 20 }, () => pool.send({ method: 'POST', path: '/', headers: {}, body: null }));
  expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
  await pool.close();
  server.close();
});

describe('an answer', () => {
  const serve = async (listener: RequestListener) => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const pool = createUpstreamPool([`http://127.0.0.1:${(server.address() as AddressInfo).port}`], {
      connectionsMax: 8,
    });
    onTestFinished(async () => {
      await pool.close();
      server.closeAllConnections();
      server.close();
    });
    return () => pool.send({ method: 'POST', path: '/', headers: {}, body: Buffer.from('{}') });
  };

  it('whose length is told comes whole', async () => {
    const send = await serve((_request, response) => response.writeHead(201, { 'content-length': 2 }).end('ok'));
    expect(await send()).toMatchObject({ status: 201, body: Buffer.from('ok') });
  });

  it('that breaks off half-way is an error, not half an answer', async () => {
    const send = await serve((request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half');
      setImmediate(() => request.socket.destroy());
    });
    await expect(send()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
  });

  it('of any length streams, no faster than it is read', async () => {
    const piece = Buffer.alloc(1_048_576, 'x');
    let written = 0;
    const send = await serve(async (_request, response) => {
      for (; written < 64; written += 1) if (!response.write(piece)) await once(response, 'drain');
      response.end();
    });
    const { body } = await send();
    expect(body).toBeInstanceOf(Readable);
    await expect.poll(() => written, { timeout: 10_000 }).toBeGreaterThan(0);
    // Nobody reads: what is on its way fills the buffers of the sockets, and no more is taken in.
    const held = await settled(() => written);
    expect(held).toBeLessThan(60);
    let bytes = 0;
    for await (const chunk of body as Readable) bytes += chunk.length;
    expect(bytes).toBe(64 * piece.length);
  });

  it('that nobody wants any more is broken off', async () => {
    const closed = Promise.withResolvers<void>();
    const send = await serve((_request, response) => {
      response.on('close', () => closed.resolve());
      response.writeHead(200).write('first');
    });
    const { body } = await send();
    (body as Readable).destroy();
    await closed.promise;
  });

  it('that streams and breaks off ends with an error', async () => {
    const send = await serve((request, response) => {
      response.writeHead(200).write('half');
      setTimeout(() => request.socket.destroy(), 20);
    });
    const { body } = await send();
    await expect(async () => {
      for await (const _ of body as Readable);
    }).rejects.toThrow();
  });
});

/** The value once it has not changed for a while. */
async function settled(look: () => number): Promise<number> {
  for (let last = look(), same = 0; ; ) {
    await pause(20);
    const now = look();
    same = now === last ? same + 1 : 0;
    if (same === 10) return now;
    last = now;
  }
}
