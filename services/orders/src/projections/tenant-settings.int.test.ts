// The settings of tenants: by event, kept in memory for seconds, the default where nothing is known.
import {
  type DomainEvent,
  defaultSettings,
  makeEvent,
  type TenantSettings,
  tenantSnapshot,
  tenantUpdated,
} from '@holdfast/shared/contracts';
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
function updated(tenantId: string, version: number, settings: Partial<TenantSettings>): DomainEvent {
  return makeEvent(tenantUpdated, { tenantId, id: tenantId, version }, stampNow(systemClock), {
    tenantId,
    ...about,
    settings,
  });
}

it('are those of the newest event, within seconds, and the defaults before any', async () => {
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
  expect(await Promise.all([1, 2, 3].map(() => cache.of(tenantId)))).toEqual(Array(3).fill(defaultSettings));
  expect(reads).toBe(1);
  const changed = { priceStalenessSeconds: 300, decisionWindowSeconds: 120 };
  await orders.deliver(updated(tenantId, 3, changed), updated(tenantId, 2, { priceStalenessSeconds: 10 }));
  expect(await cache.of(tenantId)).toEqual(defaultSettings);
  await clock.advance(tenantSettingsMs + 1);
  expect([await cache.of(tenantId), await cache.of(other)]).toMatchObject([changed, defaultSettings]);
});

it('have their defaults in events of before there were any', async () => {
  const tenantId = newId('ten');
  const data = { tenantId, ...about };
  const old = makeEvent(tenantSnapshot, { tenantId, id: tenantId, version: 1 }, stampNow(systemClock), data);
  await orders.deliver(old);
  const { priceStalenessSeconds, decisionWindowSeconds } = defaultSettings;
  expect(await orders.deps.orders.settings.of(tenantId)).toMatchObject({
    priceStalenessSeconds,
    decisionWindowSeconds,
  });
});

it('say how long an order may stay undecided', async () => {
  const { tenantId } = orders;
  await orders.deliver(updated(tenantId, 99, { decisionWindowSeconds: 120 }));
  const { body } = await orders.place();
  const { decideBefore, createdAt } = await orders.stored(body.id);
  expect(decideBefore.getTime() - createdAt.getTime()).toBe(120_000);
});
