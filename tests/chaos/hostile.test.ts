// As many hostile connections as this machine allows, up to 20,000, from many addresses: the platform answers health
// checks and orders of signed-in users, on new connections and on old ones, and the gateway neither grows nor dies.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { type Platform, startPlatform } from '@holdfast/devstack';
import { descriptorLimit } from '@holdfast/shared/process';
import { type Flood, loopbackAddresses, startFlood } from '@holdfast/shared/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Business } from '../e2e/business.ts';

const dataDir = join(import.meta.dirname, '../../.data/hostile', String(process.pid));
/** Descriptors of this process that are for the tests themselves. */
const ownDescriptors = 500;
const hostileCount = Math.min(20_000, descriptorLimit() - ownDescriptors);
/** Enough for each to be far from the limit of one address; a machine may have only one. */
const addressCount = 40;
const floodMs = 50_000;
/** A loaded machine opens fewer connections until then; the figures that are printed tell. */
const measuredMs = 40_000;
const memoryMaxBytes = 1_000_000_000;
const answerMaxMs = 20_000;
let platform: Platform;
let shop: Business;
let variantId: string;
let flood: Flood | undefined;

beforeAll(async () => {
  platform = await startPlatform({ ports: 'free', dataDir, env: { LOG_LEVEL: 'warn' } });
  shop = await Business.signUp(platform.gatewayUrl);
  variantId = await shop.stockVariant(10_000);
}, 120_000);
afterAll(async () => {
  flood?.stop();
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Status and milliseconds of one request; on a connection of its own unless it is given one. */
async function ask(method: 'GET' | 'POST', path: string, kept?: Agent): Promise<{ status: number; ms: number }> {
  const startedMs = performance.now();
  const headers = { authorization: `Bearer ${shop.owner.token}`, 'idempotency-key': randomUUID() };
  const body = method === 'POST' ? JSON.stringify({ lines: [{ variantId, quantity: 1 }] }) : '';
  const asked = request(new URL(path, platform.gatewayUrl), {
    method,
    agent: kept ?? false,
    headers: { ...headers, ...(body ? { 'content-type': 'application/json', 'content-length': body.length } : {}) },
    signal: AbortSignal.timeout(answerMaxMs),
  });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  await once(answer.resume(), 'end');
  return { status: answer.statusCode!, ms: Math.round(performance.now() - startedMs) };
}

/** Resident bytes of the gateway; undefined where there is no /proc. */
function residentBytes(): number | undefined {
  const { pid } = platform.processes.get('gateway')!;
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1_024;
  } catch {
    return undefined;
  }
}

it('the platform serves who is signed in, whatever else holds on to it', async () => {
  const { pid } = platform.processes.get('gateway')!;
  const port = Number(new URL(platform.gatewayUrl).port);
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  expect((await ask('GET', `/v1/stock/${variantId}`, kept)).status).toBe(200);
  const addresses = await loopbackAddresses(addressCount, port);
  flood = startFlood({ port, count: hostileCount, addresses, forMs: floodMs, comeBackMs: 15_000 });
  let opened: number | undefined;
  flood.opened.then((count) => {
    opened = count;
  });
  const slowest = { health: 0, order: 0, kept: 0 };
  const startedMs = performance.now();
  let rounds = 0;
  for (; (opened === undefined || rounds < 10) && performance.now() - startedMs < measuredMs; rounds += 1) {
    const answers = {
      health: await ask('GET', '/health/live'),
      order: await ask('POST', '/v1/orders'),
      kept: await ask('POST', '/v1/orders', kept),
    };
    expect([answers.health.status, answers.order.status, answers.kept.status]).toEqual([
      200,
      expect.toBeOneOf([201, 202]),
      expect.toBeOneOf([201, 202]),
    ]);
    for (const name of ['health', 'order', 'kept'] as const) slowest[name] = Math.max(slowest[name], answers[name].ms);
  }
  const bytes = residentBytes();
  const megabytes = bytes === undefined ? 'unknown' : Math.round(bytes / 1e6);
  console.log(
    `hostile: ${opened ?? 'not all'} of ${hostileCount} connections from ${addresses.length} addresses, ${flood.open()} open, ${flood.cut()} cut off; slowest of ${rounds} answers in ms ${JSON.stringify(slowest)}; gateway ${megabytes} MB`,
  );
  expect(bytes ?? 0).toBeLessThan(memoryMaxBytes);
  expect(platform.processes.get('gateway')!.pid).toBe(pid);
  kept.destroy();
}, 120_000);
