// Everything between the services is lost at once: Redis is emptied, and no relay may go back to what was not
// published. Orders were pending, one was cancelled, a variant and a customer were new. All of it is re-emitted, and
// every book is right. The oplog of this platform is too young to forget by itself, so the test writes into the relays'
// records what a relay writes there when MongoDB answers 286 (packages/shared/src/messaging/resync/resync.int.test.ts
// lets MongoDB forget).
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkInstallation } from '@holdfast/checker';
import { type Platform, startPlatform } from '@holdfast/devstack';
import { positionAt, timeText } from '@holdfast/shared/messaging';
import { asSystem, type Database, openDatabase } from '@holdfast/shared/persistence';
import { connectRedis, type Redis } from '@holdfast/shared/redis';
import { until } from '@holdfast/shared/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Business, type Order } from '../e2e/business.ts';

const dataDir = join(import.meta.dirname, '../../.data/chaos', `resync-${process.pid}`);
const services = { auth: 'auth', catalog: 'catalog', inventory: 'inventory', orders: 'orders', realtime: 'public' };
let platform: Platform;
let business: Business;
let redis: Redis;
let database: Database;
let installation: { mongodbUri: string; redisUrl: string };

beforeAll(async () => {
  mkdirSync(dataDir, { recursive: true });
  const env = { RATE_LIMITS: 'off', LOG_LEVEL: 'warn' };
  platform = await startPlatform({ replicas: 2, ports: 'free', dataDir, env });
  installation = {
    mongodbUri: platform.processes.get('mongod')!.url,
    redisUrl: platform.processes.get('redis-streams')!.url,
  };
  redis = connectRedis(installation.redisUrl, { purpose: 'test' });
  const collections = { evented: [], global: ['relay_positions'] };
  database = await openDatabase({ uri: installation.mongodbUri, name: 'test', ...collections });
  business = await Business.signUp(platform.gatewayUrl);
}, 120_000);
afterAll(async () => {
  redis?.disconnect();
  await database?.close();
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** From now on Redis takes nothing in: what is written is not published. */
const closeRoad = () => redis.config('SET', 'maxmemory', '1');

/** Empties Redis and lets nobody publish what was written before. */
async function loseRoad(): Promise<void> {
  const { operationTime } = await database.db.command({ ping: 1 });
  const from = positionAt(timeText(operationTime.t, operationTime.i), 0);
  await asSystem('test', async () => {
    for (const [service, domain] of Object.entries(services)) {
      const records = database.client.db(service).collection<{ _id: string }>('relay_positions');
      const lost = { $set: { completeFrom: from, needed: from } };
      expect((await records.updateOne({ _id: `${domain}:g1` }, lost)).matchedCount).toBe(1);
    }
  });
  await redis.flushall();
  await redis.config('SET', 'maxmemory', '0');
}

/** Every service says that nothing is amiss: no alarm, no partition that stands still, no resync that is due. */
async function allWell(): Promise<boolean> {
  const running = [...platform.processes.values()].filter(({ name }) => name.split('-')[0]! in services);
  const answers = await Promise.all(running.map(({ url }) => fetch(`${url}/health/status`)));
  const reports = await Promise.all(answers.map((answer) => answer.json() as Promise<{ status: string }>));
  return reports.every(({ status }) => status === 'ok');
}

const later = { headers: { prefer: 'respond-async' } };
const statuses = async () => (await business.all<Order>('/v1/orders')).map(({ status }) => status);

it('converges after Redis and the oplog were lost, with nothing applied twice', async () => {
  const plenty = await business.stockVariant(1_000);
  const scarce = await business.stockVariant(3);
  const confirmed = (await business.order(plenty, 2)).body;
  expect(confirmed.status).toBe('CONFIRMED');
  for (let n = 0; n < 5; n += 1) await business.order(scarce, 1);

  await closeRoad();
  await business.registerCustomer();
  const variants = [{ sku: 'NEW', price: { amount: 100, currency: 'EUR' }, initialStock: 7 }];
  const created = await business.call<{ variants: { id: string }[] }>('POST', '/v1/products', {
    body: { name: 'Made while nobody heard', variants },
  });
  const fresh = created.body.variants[0]!.id;
  const pending = await Promise.all(Array.from({ length: 20 }, () => business.order(plenty, 1, later)));
  expect(new Set(pending.map(({ status }) => status))).toEqual(new Set([202]));
  const cancelled = await business.call('POST', `/v1/orders/${confirmed.id}/cancel`, { body: { reason: 'lost' } });
  expect(cancelled.status).toBe(200);
  await loseRoad();

  await until(async () => !(await statuses()).includes('PENDING'), {
    what: 'every order is decided',
    timeoutMs: 60_000,
  });
  await business.untilStock(fresh, ({ onHand }) => onHand === 7, 30_000);
  expect((await business.order(fresh, 1)).body.status).toBe('CONFIRMED');
  await business.untilStock(plenty, ({ reserved }) => reserved === 20, 30_000);
  expect(await business.checkLedger(plenty)).toMatchObject({ onHand: 1_000, reserved: 20 });
  expect(await business.checkLedger(scarce)).toMatchObject({ onHand: 3, reserved: 3 });
  await until(allWell, { what: 'every service is well', timeoutMs: 60_000 });

  const { violations } = await checkInstallation(installation);
  // The log lacks what was lost for good: this is how we know that it was lost. Nothing else may be wrong.
  expect(violations.filter(({ kind }) => kind === 'event.missing').length).toBeGreaterThan(20);
  expect(violations.filter(({ kind }) => kind !== 'event.missing')).toEqual([]);
});
