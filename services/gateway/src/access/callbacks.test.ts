// Notices of other systems at the edge: nobody is signed in, so their size and their number are bounded by address.
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { callbackBytesMax as noticeBytesMax } from '@holdfast/shared/contracts';
import { until } from '@holdfast/shared/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { echoService, type GatewayOptions, openFixture, wideLimits } from '../gateway.fixture.ts';
import { callbackBytesMax, callbackNetworkShareMax } from '../limits.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function behindGateway(options: Omit<GatewayOptions, 'urls'> = {}) {
  const service = await echoService();
  const gateway = await openFixture({ ...options, urls: [service.url] });
  open.push(
    () => service.app.close(),
    () => gateway.close(),
  );
  const send = (slug: string, payload = '{}', headers: Record<string, string> = {}) =>
    gateway.app.inject({
      method: 'POST',
      url: `/v1/payments/callback/stripe/${slug}`,
      payload,
      headers: { 'content-type': 'application/json', ...headers },
    });
  return { ...gateway, service, send };
}

describe('a notice', () => {
  it('reaches its service byte by byte, with what it is signed with; other routes get none of that', async () => {
    const { app, send, service } = await behindGateway();
    const signed = { 'stripe-signature': 't=1,v1=2', 'webhook-id': 'm1', 'webhook-timestamp': '1', 'x-other': 'y' };
    const payload = '{ "a" :1.0,\n"b":"\\u00e9" }';
    expect((await send('shop', payload, signed)).statusCode).toBe(200);
    expect(service.seen[0]!.body).toBe(payload);
    expect(service.seen[0]!.headers).toMatchObject({ 'stripe-signature': 't=1,v1=2', 'webhook-id': 'm1' });
    expect(service.seen[0]!.headers).not.toHaveProperty('x-other');
    await app.inject({ method: 'POST', url: '/v1/auth/login', payload: {}, headers: signed });
    expect(service.seen[1]!.headers).not.toHaveProperty('stripe-signature');
  });

  it('may have 256 KiB, more than other bodies without a token', async () => {
    const { send, service } = await behindGateway();
    const text = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
    expect((await send('shop', text(noticeBytesMax))).statusCode).toBe(200);
    expect((await send('shop', text(noticeBytesMax + 1))).statusCode).toBe(413);
    expect(service.seen).toHaveLength(1);
  });
});

describe('the budget of notices', () => {
  it('is that of a business and an address, however its slug is spelled, and takes nothing from the anonymous one', async () => {
    const limits = {
      ...wideLimits,
      anonymous: { quota: 1, windowSeconds: 60 },
      callbacks: { quota: 2, windowSeconds: 60 },
    };
    const { app, send } = await behindGateway({ limits });
    const statuses = [];
    for (const slug of ['shop', 'SHOP', 'shop', 'other']) statuses.push((await send(slug)).statusCode);
    expect(statuses).toEqual([200, 200, 429, 200]);
    const login = () => app.inject({ method: 'POST', url: '/v1/auth/login', payload: {} });
    expect([(await login()).statusCode, (await login()).statusCode, (await send('third')).statusCode]).toEqual([
      200, 429, 200,
    ]);
  });

  it('is one more of the address: a made-up business has no budget of its own', async () => {
    const { send } = await behindGateway({ limits: { ...wideLimits, callbacksAll: { quota: 3, windowSeconds: 60 } } });
    const statuses = [];
    for (let n = 0; n < 5; n += 1) statuses.push((await send(`made-up-${n}`)).statusCode);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
  });
});

describe('notices that are on their way', () => {
  it('take a bounded part of the memory, and give it back', async () => {
    const { app, send } = await behindGateway();
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    async function begin(): Promise<Socket> {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      open.push(() => socket.destroy());
      const head = 'Host: a\r\nContent-Type: application/json\r\n';
      socket.write(
        `POST /v1/payments/callback/stripe/shop HTTP/1.1\r\n${head}Content-Length: ${noticeBytesMax}\r\n\r\n`,
      );
      return socket;
    }
    const countMax = (callbackBytesMax * callbackNetworkShareMax) / noticeBytesMax;
    const slow = await Promise.all(Array.from({ length: countMax }, begin));
    const isRefused = async () => String((await once(await begin(), 'data'))[0]).startsWith('HTTP/1.1 503');
    await until(isRefused, { what: 'a further one is refused' });
    expect((await send('shop')).statusCode).toBe(200);
    for (const socket of slow) socket.destroy();
    const large = `"${'x'.repeat(noticeBytesMax - 2)}"`;
    await until(async () => (await send('shop', large)).statusCode === 200, { what: 'a large one is taken again' });
  });
});
