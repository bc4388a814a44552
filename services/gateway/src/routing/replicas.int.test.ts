// Replicas that die and hang, over real connections.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@holdfast/shared/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createUpstreamPool, type UpstreamPool } from './upstream-pool.ts';

async function serve(listener: RequestListener, port = 0): Promise<{ url: string; port: number; stop(): void }> {
  const server = createServer(listener).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(stop);
  const own = (server.address() as AddressInfo).port;
  return { url: `http://127.0.0.1:${own}`, port: own, stop };
}

/** A replica that answers until it is told to hang, then accepts and never answers. */
async function hangable() {
  const asked: string[] = [];
  let isHung = false;
  const held: (() => void)[] = [];
  const replica = await serve((request, response) => {
    if (request.url !== '/health/live') asked.push(request.url!);
    if (isHung) held.push(() => response.end('late'));
    else response.end('{}');
  });
  return {
    ...replica,
    asked,
    hang() {
      isHung = true;
    },
    wake() {
      isHung = false;
      for (const answer of held.splice(0)) answer();
    },
  };
}

function open(urls: string[]): UpstreamPool {
  const pool = createUpstreamPool(urls, { connectionsMax: 64 });
  onTestFinished(() => pool.close());
  return pool;
}
const ask = (pool: UpstreamPool, method: 'GET' | 'POST' = 'GET', headers = {}) =>
  pool.send({ method, path: '/x', headers, body: null }).then(
    ({ status }) => status,
    ({ code }: { code: string }) => code,
  );

describe('of two replicas', () => {
  it('one that is dead is tried once and passed over, until it is there again', async () => {
    const alive = await hangable();
    const dead = await hangable();
    dead.stop();
    const pool = open([dead.url, alive.url]);
    for (let n = 0; n < 10; n += 1) expect(await ask(pool, 'POST')).toBe(200);
    expect(pool.states()[1]).toBe('closed');
    expect(pool.states()[0]).not.toBe('closed');
    expect([pool.inTurn(), pool.inTurn()]).toEqual([[alive.url], [alive.url]]);
    const back = await serve((_request, response) => response.end('{}'), dead.port);
    await until(() => pool.states()[0] === 'closed', { what: 'the replica is in use again' });
    expect(pool.inTurn()).toContain(back.url);
  });

  it('one that is hung costs only what is in flight there, and of that only what must not be sent twice', async () => {
    const one = await hangable();
    const two = await hangable();
    const pool = open([one.url, two.url]);
    one.hang();
    const kept = ask(pool, 'POST');
    expect(await ask(pool)).toBe(200);
    const moved = [ask(pool), ask(pool), ask(pool, 'POST', { 'idempotency-key': 'k' })];
    expect(await Promise.all([kept, ...moved])).toEqual(['REPLICA_HUNG', 200, 200, 200]);
    const before = one.asked.length;
    for (let n = 0; n < 20; n += 1) expect(await ask(pool, 'POST')).toBe(200);
    expect(one.asked.length).toBe(before);
    one.wake();
    await until(() => pool.states()[0] === 'closed', { what: 'the replica is in use again' });
  });
});

describe('when no replica is in use', () => {
  it('one that has refused is tried, so that one that has just come back is found before its next probe', async () => {
    const only = await hangable();
    const pool = open([only.url]);
    only.stop();
    expect(await ask(pool, 'POST')).toBe('ECONNREFUSED');
    expect(pool.inTurn()).toEqual([only.url]);
    await serve((request, response) => {
      if (request.url !== '/health/live') response.end('{}');
    }, only.port);
    expect([await ask(pool, 'POST'), pool.states()]).toEqual([200, ['closed']]);
  });

  it('requests fail at once, and what is in flight may still be answered', async () => {
    const only = await hangable();
    const pool = open([only.url]);
    only.hang();
    const waiting = ask(pool, 'POST');
    await until(() => pool.states()[0] === 'open', { what: 'the replica is passed over' });
    expect([await ask(pool), pool.inTurn()]).toEqual(['unavailable', []]);
    expect(only.asked).toHaveLength(1);
    only.wake();
    expect(await waiting).toBe(200);
    await until(() => pool.states()[0] === 'closed', { what: 'the replica is in use again' });
    expect(await ask(pool)).toBe(200);
  });
});

it('a client that has gone breaks off its request', async () => {
  const [asked, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { url } = await serve((_request, response) => {
    asked.resolve();
    response.on('close', () => closed.resolve());
  });
  const pool = open([url]);
  const gone = new AbortController();
  const sent = pool.send({ method: 'GET', path: '/x', headers: {}, body: null }, gone.signal);
  await asked.promise;
  gone.abort();
  await expect(sent).rejects.toThrow('the client has gone');
  await closed.promise;
});
