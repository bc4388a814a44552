// How old the prices are that orders are taken at, while what brings them stands still: a Redis of its own is frozen,
// the catalog's relay and the consumer of its events are stopped. The bound is 4 s here.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@holdfast/devstack';
import { defaultSettings } from '@holdfast/shared/contracts';
import { until } from '@holdfast/shared/testing';
import { partitionOf } from '@holdfast/shared/values';
import { afterAll, describe, expect, it } from 'vitest';
import { openFixture, variantEvent } from '../orders.fixture.ts';

const folder = await mkdtemp(join(tmpdir(), 'holdfast-prices-'));
const redis = await startRedis({ kind: 'streams', dataDir: folder });
const fixture = await openFixture({
  redisUrl: redis.uri,
  change: (orders) => ({ ...orders, settings: { of: async () => ({ ...defaultSettings, priceStalenessSeconds: 4 }) } }),
});
const { app, catalog, deps, tenantId, variantId, line, place } = fixture;
// An idle server moves its clock every 10 s only.
const ticking = setInterval(() => catalog.tick().catch(() => {}), 100);
afterAll(async () => {
  clearInterval(ticking);
  await redis.kill('SIGCONT');
  await fixture.close();
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

const costing = (amount: number) =>
  place(randomUUID(), 'respond-async', { ...line(), expectedTotal: { amount, currency: 'EUR' } });
const untilRefused = () =>
  until(async () => (await place()).status === 503, { what: 'orders are refused', everyMs: 100 });
const untilTaken = () => until(async () => (await place()).status === 202, { what: 'orders are taken', everyMs: 100 });
const unknown = { status: 503, body: { code: 'price_unknown' }, headers: { 'retry-after': '5' } };

describe('an order', () => {
  it('is refused when Redis was frozen for longer than the bound, but not if the client agrees to what is known', async () => {
    const key = randomUUID();
    const earlier = await place(key);
    expect(earlier.status).toBe(202);
    await redis.kill('SIGSTOP');
    expect((await place()).status).toBe(202);
    await untilRefused();
    expect(await place()).toMatchObject(unknown);
    expect(await costing(499)).toMatchObject(unknown);
    expect(await costing(500)).toMatchObject({ status: 202, body: { total: { amount: 500 } } });
    expect(await place(key)).toMatchObject({ status: 202, body: { id: earlier.body.id } });
    await redis.kill('SIGCONT');
    await untilTaken();
  });

  it("is refused when the catalog's relay stands still", async () => {
    await catalog.stopRelay();
    await untilRefused();
    expect(await costing(500)).toMatchObject({ status: 202 });
    await catalog.startRelay();
    await untilTaken();
  });

  it('is refused when a change of the catalog is not applied, and not before there is one', async () => {
    await deps.consumer.stop();
    const since = Date.now() + 2_000;
    await until(() => deps.catalog.of(partitionOf(tenantId))! > since, { what: 'the position moved on' });
    expect((await place()).status).toBe(202);
    await catalog.publish(variantEvent(tenantId, variantId, { version: 2, amount: 600 }));
    await untilRefused();
    expect(await place()).toMatchObject(unknown);
    const { checks } = (await app.inject({ method: 'GET', url: '/health/status' })).json();
    expect(checks.prices).toMatchObject({ required: false, ageMs: expect.any(Number) });
  });
});
