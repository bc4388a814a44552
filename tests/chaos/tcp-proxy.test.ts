// The broken network is broken as it says, and otherwise passes every byte in order.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { until } from '@holdfast/shared/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createChance } from './chance.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let server: Server;
let proxy: TcpProxy;
let client: Socket;
let echoed: Buffer[];

beforeEach(async () => {
  server = createServer((socket) => void socket.on('error', () => socket.destroy()).pipe(socket));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  proxy = await startTcpProxy((server.address() as { port: number }).port);
  client = await open();
  echoed = [];
  client.on('data', (bytes) => echoed.push(bytes));
});
afterEach(async () => {
  client.destroy();
  await proxy.close();
  server.close();
});

async function open(): Promise<Socket> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}
const received = () => Buffer.concat(echoed);
const untilReceived = (text: string) =>
  until(() => received().toString() === text, { what: `"${text}" has come back` });

it('passes megabytes both ways, in order, also while it is slow and silent in between', async () => {
  const sent = randomBytes(8 * 1024 * 1024);
  client.write(sent.subarray(0, 3_000_000));
  proxy.slow(5);
  client.write(sent.subarray(3_000_000, 6_000_000));
  proxy.stall();
  client.write(sent.subarray(6_000_000));
  proxy.heal();
  await until(() => received().length === sent.length, { what: 'everything has come back' });
  expect(received().equals(sent)).toBe(true);
});

it('holds everything back while it is silent', async () => {
  client.write('before');
  await untilReceived('before');
  proxy.stall();
  client.write(' after');
  const more = until(() => received().toString() !== 'before', { what: 'more comes', timeoutMs: 200 });
  await expect(more).rejects.toThrow('waited 0.2 s in vain');
  proxy.heal();
  await untilReceived('before after');
});

it('ends connections, accepts none while it refuses, and all again when it is healed', async () => {
  const closed = once(client, 'close');
  expect(proxy.cut(1, createChance(1))).toBe(1);
  await closed;
  proxy.refuse();
  const refused = await open();
  await once(refused, 'close');
  proxy.heal();
  const accepted = await open();
  accepted.write('hello');
  const [bytes] = await once(accepted, 'data');
  expect(String(bytes)).toBe('hello');
  accepted.destroy();
});
