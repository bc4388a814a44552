// Two replicas of orders, inventory and realtime under load; SIGKILL of any one process loses nothing.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Platform, startPlatform } from '@holdfast/devstack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Business, eventually, type Order } from '../e2e/business.ts';
import { type Buyers, startBuyers } from './buyers.ts';

const dataDir = join(import.meta.dirname, '../../.data/chaos', String(process.pid));
const plenty = 1_000_000;
let platform: Platform;
let business: Business;
let variantIds: string[];

beforeAll(async () => {
  mkdirSync(dataDir, { recursive: true });
  platform = await startPlatform({
    replicas: 2,
    ports: 'free',
    dataDir,
    env: { RATE_LIMITS: 'off', LOG_LEVEL: 'warn' },
  });
  business = await Business.signUp(platform.gatewayUrl);
  variantIds = await Promise.all([plenty, plenty, 5].map((stock) => business.stockVariant(stock)));
});
afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** No order is PENDING for more than 10 s after everything runs again. */
async function expectAllDecided(): Promise<void> {
  await eventually(async () => {
    const page = await business.call<{ data: Order[] }>('GET', '/v1/orders?status=PENDING').catch(() => undefined);
    return page?.status === 200 && page.body.data.length === 0;
  }, 10_000);
}

async function expectKept({ history }: Buyers): Promise<void> {
  const orders = new Map((await business.all<Order>('/v1/orders')).map((order) => [order.id, order]));
  for (const told of history) {
    expect(told.said, `nobody ever said what became of ${told.key}`).not.toBe('unknown');
    // Refused as sold out without asking inventory: nothing was stored.
    if (told.said === 'refused' && told.orderId === undefined) continue;
    const expected = told.said === 'confirmed' ? 'CONFIRMED' : 'REJECTED';
    expect(orders.get(told.orderId!)?.status, JSON.stringify(told)).toBe(expected);
  }
  // A retry with the same key is answered with the same order.
  for (const told of history.filter(({ orderId }) => orderId !== undefined).slice(-3)) {
    const again = await business.order(told.variantId, 1, { key: told.key });
    expect(again.body.id ?? again.body.orderId).toBe(told.orderId);
  }
}

async function expectBooksBalance(): Promise<void> {
  const confirmed = await business.all<Order>('/v1/orders?status=CONFIRMED');
  for (const variantId of variantIds) {
    const stock = await business.checkLedger(variantId);
    const ordered = confirmed.flatMap((order) => order.lines).filter((line) => line.variantId === variantId);
    expect(stock.reserved).toBe(ordered.reduce((sum, line) => sum + line.quantity, 0));
    expect(stock.reserved).toBeLessThanOrEqual(stock.onHand);
  }
}

const victims = [
  'orders',
  'orders-2',
  'inventory',
  'inventory-2',
  'realtime',
  'catalog',
  'auth',
  'gateway',
  'redis-cache',
  'redis-streams',
  'mongod',
];

it('has the processes that are killed below', () => {
  expect([...platform.processes.keys()]).toEqual(expect.arrayContaining(victims));
});

for (const victim of victims) {
  it(`SIGKILL of ${victim} loses nothing`, async () => {
    const buyers = startBuyers(business, variantIds, 8);
    const target = platform.processes.get(victim)!;
    await eventually(async () => buyers.history.length >= 20, 30_000);
    target.kill('SIGKILL');
    await target.untilReady();
    const before = buyers.history.length;
    await eventually(async () => buyers.history.length >= before + 20, 60_000);
    await buyers.stop();
    await expectAllDecided();
    await expectKept(buyers);
    await expectBooksBalance();
  });
}
