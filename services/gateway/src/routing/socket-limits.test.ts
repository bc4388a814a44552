// How many sockets a client without a token may open, and how they end: by the gateway,
// whatever the client does or does not do.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { until } from '@holdfast/shared/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayOptions, openFixture, wideLimits } from '../gateway.fixture.ts';
import { anonymousPerAddressMax } from '../limits.ts';

const text = (payload: string) => Buffer.concat([Buffer.from([0x81, payload.length]), Buffer.from(payload)]);

/** Realtime as far as the gateway looks: `?token` in the query is a client whose token is accepted. */
let realtime: Server;
const served: Duplex[] = [];
beforeAll(async () => {
  realtime = createServer().on('upgrade', (request, socket) => {
    served.push(socket);
    socket.on('error', () => undefined);
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.write(text('0{"sid":"x"}'));
    if (request.url?.includes('token')) socket.write(text('40{"sid":"y"}'));
  });
  realtime.listen(0, '127.0.0.1');
  await once(realtime, 'listening');
});
afterAll(() => {
  for (const socket of served) socket.destroy();
  realtime.close();
});

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startGateway(options: Partial<GatewayOptions> = {}) {
  const gateway = await openFixture({
    urls: [`http://127.0.0.1:${(realtime.address() as AddressInfo).port}`],
    ...options,
  });
  closing.push(gateway.close);
  const port = Number(new URL(await gateway.app.listen({ host: '127.0.0.1', port: 0 })).port);
  /** A bare socket after its handshake, and the status of that. It never closes by itself. */
  async function shake(query = ''): Promise<{ status: number; socket: Socket }> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    closing.push(async () => socket.destroy());
    socket.write(
      `GET /socket.io/?EIO=4&transport=websocket${query} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    const [head] = await once(socket, 'data');
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(String(head))?.[1]), socket };
  }
  return { ...gateway, shake };
}

/** Whether its client sees the connection ended: it never ends it itself. */
async function untilEnded(socket: Socket): Promise<void> {
  socket.resume();
  await new Promise<void>((resolve) => {
    if (socket.readableEnded || socket.destroyed) resolve();
    else socket.once('end', resolve).once('close', () => resolve());
  });
}

describe('handshakes of one address', () => {
  it('are limited in rate: 429 with Retry-After, and nothing reaches realtime', async () => {
    const limits = { ...wideLimits, sockets: { quota: 3, windowSeconds: 60 } };
    const { shake } = await startGateway({ limits });
    const statuses: number[] = [];
    for (let n = 0; n < 5; n += 1) statuses.push((await shake('&token')).status);
    expect(statuses).toEqual([101, 101, 101, 429, 429]);
  });

  it('without a token are few at a time; those with one stay and do not count', async () => {
    const { shake } = await startGateway();
    const signedIn = await shake('&token');
    const anonymous: Socket[] = [];
    for (let n = 0; n < anonymousPerAddressMax + 2; n += 1) anonymous.push((await shake()).socket);
    await Promise.all(anonymous.slice(0, 2).map(untilEnded));
    expect(anonymous.slice(2).filter((socket) => socket.readableEnded || socket.destroyed)).toEqual([]);
    expect([(await shake('&token')).status, signedIn.socket.readableEnded]).toEqual([101, false]);
  });

  it('never take the place of sockets that are signed in', async () => {
    const { shake, app } = await startGateway({ descriptorLimit: 96, trustedProxies: ['127.0.0.1'] });
    const socketsMax = (await app.inject('/health/status')).json().checks.descriptors.socketsMax as number;
    const signedIn: Socket[] = [];
    for (let n = 0; n < socketsMax; n += 1) signedIn.push((await shake('&token')).socket);
    expect((await shake('&token')).status).toBe(503);
    expect(signedIn.filter((socket) => socket.readableEnded || socket.destroyed)).toEqual([]);
    signedIn[0]!.destroy();
    await until(async () => (await shake('&token')).status === 101, { what: 'the place is free' });
  });
});

it('a socket whose client has gone is ended at realtime, whatever realtime does', async () => {
  const { shake } = await startGateway();
  const { socket } = await shake('&token');
  const realtimeSide = served.at(-1)!;
  realtimeSide.resume();
  const ended = once(realtimeSide, 'end');
  socket.end();
  await Promise.all([ended, untilEnded(socket)]);
});

describe('a socket that realtime ends', () => {
  it('is ended at once, though its client neither answers nor closes', async () => {
    const { shake } = await startGateway();
    const { socket } = await shake('&token');
    served.at(-1)!.destroy();
    await untilEnded(socket);
  });

  it('is ended also when its client does not read what was sent to it', async () => {
    const { shake } = await startGateway();
    const { socket } = await shake('&token');
    socket.pause();
    const realtimeSide = served.at(-1)!;
    // More than the kernel takes for a client that does not read.
    while (realtimeSide.write(Buffer.alloc(1_048_576)) && realtimeSide.writableLength < 64 * 1_048_576);
    await until(() => realtimeSide.writableLength > 0, { what: 'something is left unread' });
    realtimeSide.destroy();
    await until(() => isReset(socket), { what: 'the socket is reset', timeoutMs: 10_000 });
  });
});

/** A write tells whether the other side is still there, without reading. */
function isReset(socket: Socket): boolean {
  if (!socket.destroyed) socket.write('x');
  return socket.destroyed;
}
