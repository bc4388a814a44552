// Commands between two pods over Redis, and life without Redis.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '@holdfast/shared/telemetry';
import { testName, testServers, until } from '@holdfast/shared/testing';
import { Server } from 'socket.io';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../realtime.fixture.ts';
import { openCrossPod } from './cross-pod.ts';

const log = createLogger({ service: 'realtime', level: 'silent' });
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function pod(redisUrl: string, generation: string) {
  const crossPod = openCrossPod({ redisUrl, generation, log });
  const io = new Server({ transports: ['websocket'], adapter: crossPod.adapter });
  const server = createServer();
  io.attach(server);
  io.on('connection', (socket) => void socket.join('room'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () => crossPod.close(),
    () => io.close(),
  );
  return { io, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('commands between pods', () => {
  it('disconnect a socket on the other pod', async () => {
    const generation = testName('cp');
    const { redisUrl } = testServers();
    const [here, there] = [await pod(redisUrl, generation), await pod(redisUrl, generation)];
    const client = await connect(there.url, undefined);
    const isGone = () => {
      here.io.in('room').disconnectSockets(true);
      return !client.socket.connected;
    };
    await until(isGone, { what: 'the socket is disconnected' });
  });

  it('without Redis are lost, and nothing else is', async () => {
    const alone = await pod('redis://127.0.0.1:1', 'none');
    const client = await connect(alone.url, undefined);
    closing.push(() => client.close());
    for (let n = 0; n < 5; n += 1) alone.io.in('room').disconnectSockets(true);
    alone.io.local.emit('still', { here: true });
    await until(() => client.heard.length > 0, { what: 'the message is heard' });
    expect(client.heard).toEqual([{ name: 'still', message: { here: true } }]);
    expect(client.socket.connected).toBe(true);
  });
});
