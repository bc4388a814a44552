// Files on their way through the gateway: to whom they may go, how large they may be.
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { importLimits } from '@holdfast/shared/contracts';
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { acceptUploads } from './uploads.ts';

/** What arrives behind the gateway. */
async function setUp() {
  const app = fastify();
  app.removeAllContentTypeParsers();
  acceptUploads(app);
  let arrived = 0;
  app.post('/v1/imports', async (request) => {
    for await (const chunk of request.body as AsyncIterable<Buffer>) arrived += chunk.length;
    return { arrived };
  });
  app.post('/v1/products', async () => ({}));
  app.setErrorHandler((error: Error & { code: string; status: number }, _request, reply) =>
    reply.code(error.status).send({ code: error.code }),
  );
  await app.ready();
  const send = (url: string, payload: Readable, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'text/csv', ...headers } });
  return { app, send, arrived: () => arrived };
}

const { bytesMax } = importLimits.standard;
function file(bytes: number): Readable {
  return Readable.from(
    (function* pieces() {
      for (let left = bytes; left > 0; left -= 1_048_576) yield Buffer.alloc(Math.min(left, 1_048_576), 'a');
    })(),
  );
}

describe('a file', () => {
  it('of the size that the plan allows is passed on', async () => {
    const { send, arrived } = await setUp();
    expect((await send('/v1/imports', file(bytesMax))).statusCode).toBe(200);
    expect(arrived()).toBe(bytesMax);
  });

  it('without a length ends where it is too large', async () => {
    const { send, arrived } = await setUp();
    const answer = await send('/v1/imports', file(bytesMax + 10 * 1_048_576));
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'payload_too_large']);
    expect(arrived()).toBeLessThanOrEqual(bytesMax);
  });

  it('that says that it is too large is not read', async () => {
    const { send, arrived } = await setUp();
    const answer = await send('/v1/imports', file(10), { 'content-length': String(bytesMax + 1) });
    expect([answer.statusCode, arrived()]).toEqual([413, 0]);
  });

  it.each([
    ['/v1/imports', 413],
    ['/v1/products', 415],
  ])('that is refused at %s before it was sent can be sent to its end', async (path, status) => {
    const { app } = await setUp();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    const failed = once(socket, 'error').then(([error]) => Promise.reject(error));
    const bytes = bytesMax + 1_048_576;
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\ncontent-length: ${bytes}\r\n\r\n`);
    const [answer] = (await Promise.race([once(socket, 'data'), failed])) as [Buffer];
    expect(answer.toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    for await (const chunk of file(bytes) as AsyncIterable<Buffer>) {
      if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), failed]);
    }
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const [next] = (await Promise.race([once(socket, 'data'), failed])) as [Buffer];
    expect(next.toString()).toMatch(/^HTTP\/1.1 404 /);
    await app.close();
  });

  it('goes to no other operation', async () => {
    const { send } = await setUp();
    expect((await send('/v1/products', file(10))).statusCode).toBe(415);
  });
});
