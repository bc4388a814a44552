import { connect, type Socket } from 'node:net';
import { loopbackAddresses, until } from '@holdfast/shared/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { echoService, openFixture } from '../gateway.fixture.ts';
import { planDescriptors } from './descriptor-plan.ts';
import { addressList, descriptorCheck } from './watch-connections.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start() {
  const service = await echoService();
  const gateway = await openFixture({ urls: [service.url], descriptorLimit: 96 });
  closing.push(() => service.app.close(), gateway.close);
  const port = Number(new URL(await gateway.app.listen({ host: '127.0.0.1', port: 0 })).port);
  const { connectionsMax } = (await gateway.app.inject('/health/status')).json().checks.descriptors;
  const token = await gateway.tokens.sign();
  function enter(localAddress: string): Socket {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    closing.push(async () => socket.destroy());
    return socket.on('error', () => undefined).resume();
  }
  async function ask(socket: Socket): Promise<string> {
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.write(`GET /v1/orders HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    await until(() => /^HTTP\/1\.1 \d+/.test(heard), { what: 'the request is answered' });
    return heard.slice(9, 12);
  }
  return { port, enter, ask, connectionsMax: connectionsMax as number };
}
const stillOpen = (sockets: Socket[]) => sockets.filter((socket) => !socket.closed).length;

describe('the connections of a gateway', () => {
  it('of one address are half of all at most; the newest are served', async () => {
    const { enter, ask, connectionsMax } = await start();
    const own = Array.from({ length: connectionsMax }, () => enter('127.0.0.1'));
    await until(() => stillOpen(own) === connectionsMax / 2, { what: 'half of all are open' });
    expect(await ask(own.at(-1)!)).toBe('200');
  });

  it('of many addresses are as many as there are descriptors for; who is signed in stays', async () => {
    const { port, enter, ask, connectionsMax } = await start();
    const addresses = await loopbackAddresses(20, port);
    const signedIn = enter('127.0.0.1');
    expect(await ask(signedIn)).toBe('200');
    const others = Array.from({ length: 2 * connectionsMax }, (_, n) => enter(addresses[n % addresses.length]!));
    await until(() => stillOpen(others) < connectionsMax, { what: 'some were ended' });
    expect([await ask(signedIn), await ask(enter('127.0.0.1'))]).toEqual(['200', '200']);
  });
});

it('a process that may have few descriptors is degraded, and says how many places it has', () => {
  const told = [1_024, 20_000].map((limit) => descriptorCheck(planDescriptors(limit)).check());
  expect(told).toMatchObject([
    { ok: false, limit: 1_024, connectionsMax: expect.any(Number), socketsMax: expect.any(Number) },
    { ok: true, limit: 20_000 },
  ]);
});

it('a list of addresses holds its addresses and ranges, of both families', () => {
  const has = addressList(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1']);
  for (const address of ['10.200.3.4', '192.0.2.7', '2001:db8:1::1', '::1'])
    expect([address, has(address)]).toEqual([address, true]);
  for (const address of ['11.0.0.1', '192.0.2.8', '2001:db9::1', '::2', ''])
    expect([address, has(address)]).toEqual([address, false]);
});
