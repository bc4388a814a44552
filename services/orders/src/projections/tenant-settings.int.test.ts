// The settings of tenants: by event, kept in memory for seconds, the default where nothing is known.
import { type DomainEvent, makeEvent, tenantSnapshot, tenantUpdated } from '@holdfast/shared/contracts';
import { createManualClock } from '@holdfast/shared/testing';
import { newId, stampNow, systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tenantSettingsMs } from '../limits.ts';
import { type Fixture, openFixture } from '../orders.fixture.ts';
import { openTenantSettings } from './tenant-settings.store.ts';
import { createTenantSettingsCache } from './tenant-settings-cache.ts';

let orders: Fixture;
beforeAll(async () => {
  orders = await openFixture();
});
afterAll(() => orders.close());

const about = { slug: 'shop', currency: 'EUR', timeZone: 'UTC' };
function updated(tenantId: string, version: number, priceStalenessSeconds: number): DomainEvent {
  const data = { tenantId, ...about, settings: { priceStalenessSeconds } };
  return makeEvent(tenantUpdated, { tenantId, id: tenantId, version }, stampNow(systemClock), data);
}

it('are those of the newest event, within seconds, and one minute before any', async () => {
  const clock = createManualClock();
  let reads = 0;
  const { read } = openTenantSettings(orders.deps.database);
  const counted = {
    read(tenantId: string) {
      reads += 1;
      return read(tenantId);
    },
  };
  const cache = createTenantSettingsCache({ projection: counted, clock });
  const [tenantId, other] = [newId('ten'), newId('ten')];
  expect(await Promise.all([1, 2, 3].map(() => cache.priceStalenessMs(tenantId)))).toEqual([60_000, 60_000, 60_000]);
  expect(reads).toBe(1);
  await orders.deliver(updated(tenantId, 3, 300), updated(tenantId, 2, 10));
  expect(await cache.priceStalenessMs(tenantId)).toBe(60_000);
  await clock.advance(tenantSettingsMs + 1);
  expect([await cache.priceStalenessMs(tenantId), await cache.priceStalenessMs(other)]).toEqual([300_000, 60_000]);
});

it('have their defaults in events of before there were any', async () => {
  const tenantId = newId('ten');
  const data = { tenantId, ...about };
  const old = makeEvent(tenantSnapshot, { tenantId, id: tenantId, version: 1 }, stampNow(systemClock), data);
  await orders.deliver(old);
  expect(await orders.deps.orders.priceStalenessMs(tenantId)).toBe(60_000);
});
