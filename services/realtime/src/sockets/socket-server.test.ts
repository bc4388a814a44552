// Clients that speak WebSocket badly, on purpose: bare bytes, no answers to close frames,
// floods of every kind of frame.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createLogger, createMetrics } from '@holdfast/shared/telemetry';
import { type TestTokens, testTokens, until } from '@holdfast/shared/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeTimeoutMs, messageBurstMax } from '../limits.ts';
import { type SocketServer, startSocketServer } from './socket-server.ts';

const tokenTimeoutMs = 200;
const opcodes = { more: 0x0, text: 0x1, ping: 0x9, pong: 0xa };
let httpServer: Server;
let sockets: SocketServer;
let tokens: TestTokens;
let revoke: (sessionId: string) => void = () => undefined;
const open: Socket[] = [];

const revoked = new Set<string>();
beforeAll(async () => {
  httpServer = createServer();
  tokens = await testTokens();
  sockets = startSocketServer({
    httpServer,
    socketsMax: 8,
    isAllowedOrigin: () => true,
    isOpen: () => true,
    verifier: tokens.verifier,
    revocations: {
      isRevoked: ({ sessionId }) => revoked.has(sessionId),
      onRevoked(listener) {
        revoke = (sessionId) => {
          revoked.add(sessionId);
          listener({ sessionId, tenantId: 'ten_test' });
        };
        return () => undefined;
      },
    },
    log: createLogger({ service: 'realtime', level: 'silent' }),
    metrics: createMetrics('realtime'),
    variants: { read: async () => [] },
    tokenTimeoutMs,
  });
  httpServer.listen(0, '127.0.0.1');
  await once(httpServer, 'listening');
});
const untilCount = (count: number) => until(() => sockets.count() === count, { what: `${count} sockets are open` });
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await untilCount(0);
});
afterAll(async () => {
  await sockets.stop();
  httpServer.close();
});

/** A frame of a client; the mask of zeros leaves the payload as it is. `isLast` false: further fragments follow. */
function frame(opcode: number, payload = '', isLast = true): Buffer {
  const head = [opcode | (isLast ? 0x80 : 0), 0x80 | payload.length, 0, 0, 0, 0];
  return Buffer.concat([Buffer.from(head), Buffer.from(payload)]);
}
const longText = (payload: string) =>
  Buffer.concat([
    Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255, 0, 0, 0, 0]),
    Buffer.from(payload),
  ]);

type Client = { socket: Socket; heard(): string };

/** A client that has opened a WebSocket and hears what comes; it never closes, nor answers a close frame. */
async function shake(): Promise<Client> {
  const { port } = httpServer.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  open.push(socket);
  socket.on('error', () => undefined);
  socket.write(
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await untilHeard(socket, () => text.includes('pingInterval'));
  return { socket, heard: () => text };
}
async function untilHeard(socket: Socket, isThere: () => boolean): Promise<void> {
  while (!isThere()) {
    await Promise.race([
      once(socket, 'data'),
      once(socket, 'end').then(() => Promise.reject(new Error('the server has ended the connection'))),
    ]);
  }
}
async function signIn(token: unknown): Promise<Client> {
  const client = await shake();
  client.socket.write(longText(`40${JSON.stringify({ token })}`));
  await untilHeard(client.socket, () => client.heard().includes('40{') || client.heard().includes('44{'));
  return client;
}
/** Milliseconds until the server has ended the connection. */
async function endOf({ socket }: Client): Promise<number> {
  const startedMs = performance.now();
  if (!socket.readableEnded && !socket.destroyed) {
    await new Promise<void>((resolve) => void socket.once('end', resolve).once('close', () => resolve()));
  }
  return performance.now() - startedMs;
}
const atOnceMs = closeTimeoutMs - 200;

describe('a socket without a token', () => {
  it.each([
    ['that says nothing', async () => shake()],
    ['that presents a wrong one', async () => signIn('nonsense')],
  ])('%s is cut off when its time is over, without waiting for its close frame', async (_name, begin) => {
    const client = await begin();
    expect(await endOf(client)).toBeLessThan(tokenTimeoutMs + atOnceMs);
    expect(sockets.count()).toBe(0);
  });

  it('does not cut off the one that presents it in time', async () => {
    const client = await signIn(await tokens.sign());
    const late = await shake();
    await endOf(late);
    expect([client.socket.readableEnded, client.heard().includes('40{')]).toEqual([false, true]);
  });
});

describe('a signed-in socket is cut off at once', () => {
  it.each([
    ['WebSocket pings', frame(opcodes.ping)],
    ['WebSocket pongs', frame(opcodes.pong)],
    ['Engine.IO pongs', frame(opcodes.text, '3')],
    ['Engine.IO noops', frame(opcodes.text, '6')],
    ['messages', frame(opcodes.text, '42["x"]')],
    ['packets that are none', frame(opcodes.text, '9')],
  ])('that floods with %s', async (_name, one) => {
    const client = await signIn(await tokens.sign());
    client.socket.write(Buffer.concat(Array.from({ length: messageBurstMax * 2 }, () => one)));
    expect(await endOf(client)).toBeLessThan(atOnceMs);
  });

  it('that floods with fragments of one message', async () => {
    const client = await signIn(await tokens.sign());
    client.socket.write(frame(opcodes.text, '4', false));
    for (let n = 0; n < 200; n += 1) client.socket.write(frame(opcodes.more, 'x', false));
    expect(await endOf(client)).toBeLessThan(closeTimeoutMs + atOnceMs);
  });

  it('that leaves its namespace: there its token would no longer end it', async () => {
    const client = await signIn(await tokens.sign());
    client.socket.write(frame(opcodes.text, '41'));
    expect(await endOf(client)).toBeLessThan(atOnceMs);
  });

  it('but not for a few frames of each kind', async () => {
    const client = await signIn(await tokens.sign());
    for (let n = 0; n < 5; n += 1) {
      client.socket.write(Buffer.concat([frame(opcodes.ping), frame(opcodes.pong), frame(opcodes.text, '42["x"]')]));
    }
    client.socket.write(longText('421["subscribe",{"topics":["order:ord_1"]}]'));
    await untilHeard(client.socket, () => client.heard().includes('431['));
    expect(client.socket.readableEnded).toBe(false);
  });
});

it('no more sockets open than there may be', async () => {
  const clients: Client[] = [];
  for (let n = 0; n < 8; n += 1) clients.push(await signIn(await tokens.sign({ userId: `usr_${n}` })));
  await expect(shake()).rejects.toThrow();
  clients[0]!.socket.destroy();
  await untilCount(7);
  expect((await shake()).heard()).toContain('pingInterval');
});

it('a revoked session hears why, and is cut off though it does not answer the close frame', async () => {
  const client = await signIn(await tokens.sign({ sessionId: 'ses_gone' }));
  revoke('ses_gone');
  await endOf(client);
  expect(client.heard()).toContain('session.ended');
  expect(sockets.count()).toBe(0);
});

it('a revoked session that does not read is cut off too', async () => {
  const client = await signIn(await tokens.sign({ sessionId: 'ses_deaf', tenantId: 'ten_deaf' }));
  client.socket.pause();
  for (let n = 0; n < 20_000; n += 1) sockets.emitter.emit(['tenant:ten_deaf'], 'x', { text: 'x'.repeat(1_000) });
  revoke('ses_deaf');
  client.socket.resume();
  await endOf(client);
  expect(sockets.count()).toBe(0);
});
