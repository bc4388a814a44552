// A gateway with few file descriptors, and more hostile connections than it has:
// whoever comes with a token is served, memory stays.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Flood, loopbackAddresses, startFlood } from '@holdfast/shared/testing';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoService } from '../gateway.fixture.ts';

const descriptors = 400;
const hostileCount = 1_000;
/** A single connection could make it grow to ten times as much. */
const memoryMaxBytes = 250_000_000;
let service: Awaited<ReturnType<typeof echoService>>;
let gateway: ChildProcess;
let flood: Flood | undefined;
let told: { port: number; token: string; limit: number };

beforeAll(async () => {
  service = await echoService();
  const fixture = join(import.meta.dirname, 'hostile.fixture.ts');
  gateway = spawn(
    '/bin/sh',
    [
      '-c',
      `ulimit -n ${descriptors} && exec "$0" --max-old-space-size=256 "$1" "$2"`,
      process.execPath,
      fixture,
      service.url,
    ],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  [told] = (await once(gateway, 'message')) as [typeof told];
}, 30_000);
afterAll(async () => {
  flood?.stop();
  gateway.disconnect();
  await service.app.close();
});

async function rssBytes(): Promise<number> {
  gateway.send({});
  const [answer] = (await once(gateway, 'message')) as [{ rssBytes: number }];
  return answer.rssBytes;
}

/** One request on a connection of its own. */
async function ask(path: string, options: { method?: 'POST'; token?: string } = {}): Promise<number> {
  const dispatcher = new Agent({ pipelining: 0 });
  try {
    const { statusCode, body } = await request(`http://127.0.0.1:${told.port}${path}`, {
      dispatcher,
      method: options.method ?? 'GET',
      headersTimeout: 10_000,
      ...(options.token ? { headers: { authorization: `Bearer ${options.token}`, 'idempotency-key': 'k' } } : {}),
    });
    await body.dump();
    return statusCode;
  } finally {
    await dispatcher.destroy();
  }
}

describe('while more hostile connections than descriptors come and come back', { timeout: 60_000 }, () => {
  it('health and orders are answered on new connections and on old ones, in bounded memory', async () => {
    expect(told.limit).toBe(descriptors);
    const kept = new Agent({ connections: 1 });
    const onKept = async () => {
      const headers = { authorization: `Bearer ${told.token}` };
      const answer = await request(`http://127.0.0.1:${told.port}/v1/orders`, { dispatcher: kept, headers });
      await answer.body.dump();
      return answer.statusCode;
    };
    expect(await onKept()).toBe(200);
    const before = await rssBytes();
    const addresses = await loopbackAddresses(20, told.port);
    flood = startFlood({ port: told.port, count: hostileCount, addresses, forMs: 50_000, comeBackMs: 20_000 });
    await flood.opened;
    for (let n = 0; n < 15; n += 1) {
      const statuses = [
        await ask('/health/live'),
        await ask('/v1/orders', { method: 'POST', token: told.token }),
        await onKept(),
      ];
      expect(statuses).toEqual([200, 200, 200]);
    }
    expect(flood.cut()).toBeGreaterThan(hostileCount - descriptors);
    expect((await rssBytes()) - before).toBeLessThan(memoryMaxBytes);
    await kept.destroy();
  });
});
