// The public log on real servers: no gap, nothing twice, whoever writes.

import type { DomainEvent } from '@holdfast/shared/contracts';
import { asTenant, asTenants, Conflict, inTransaction } from '@holdfast/shared/persistence';
import { connectRedis, streamKey } from '@holdfast/shared/redis';
import { until } from '@holdfast/shared/testing';
import { newId, partitionOf, systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, level, openFixture, type Pod, placed } from '../realtime.fixture.ts';
import { createVariantStateStore } from '../variants/variant-state.store.ts';
import { appendEvents } from './append-events.ts';
import { createPublicLogStore, log, logHeads } from './public-log.store.ts';
import { appendToLog } from './public-log.ts';
import { rememberEvents } from './repeats.ts';

let fixture: Fixture;
const pods: Pod[] = [];

beforeAll(async () => {
  fixture = await openFixture();
  pods.push(await fixture.startPod(), await fixture.startPod());
});
afterAll(() => fixture?.close());

type Stored = { from: number; to: number; events: { id: string; body: string }[] };

async function logOf(tenantId: string): Promise<DomainEvent[]> {
  const { db } = pods[1]!.deps.database;
  const documents = await asTenant(tenantId, () =>
    db.collection<Stored>(log.name).find({ tenantId }).sort({ to: 1 }).toArray(),
  );
  return documents.flatMap(({ events }) => events.map(({ body }) => JSON.parse(body) as DomainEvent));
}

async function headOf(tenantId: string): Promise<number | undefined> {
  const { db } = pods[1]!.deps.database;
  const head = await asTenant(tenantId, () => db.collection(logHeads.name).findOne({ tenantId }));
  return head?.sequence;
}

describe('the public log', () => {
  it('numbers every event of every domain once, without a gap, while an owner leaves and the other takes over', async () => {
    const tenants = [newId('ten'), newId('ten'), newId('ten')];
    const perTenant = 100;
    const published = new Map<string, string[]>(tenants.map((tenantId) => [tenantId, []]));
    const write = async (tenantId: string) => {
      for (let n = 0; n < perTenant; n += 1) {
        const orders = n % 2 === 0;
        const event = orders ? placed(tenantId, newId('ord'), 'usr_1') : level(tenantId, 'var_1', n, 50);
        published.get(tenantId)!.push(event.id);
        await fixture.publish(orders ? 'orders' : 'inventory', [event]);
      }
    };
    const writing = Promise.all(tenants.map(write));
    await until(async () => ((await headOf(tenants[0]!)) ?? 0) > 20, { what: 'some of it is written' });
    await pods[0]!.stop();
    await writing;
    const isWritten = async () => (await Promise.all(tenants.map(headOf))).every((head) => head === perTenant);
    await until(isWritten, { what: 'all of it is written' });
    for (const tenantId of tenants) {
      const events = await logOf(tenantId);
      expect(events.map((event) => event.sequence)).toEqual(Array.from({ length: perTenant }, (_, n) => n + 1));
      expect(events.map((event) => event.id).sort()).toEqual(published.get(tenantId)!.sort());
      expect(new Set(events.map((event) => event.tenantid))).toEqual(new Set([tenantId]));
      const versions = events.filter((event) => event.subject === 'var_1').map((event) => event.aggregateversion);
      expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    }
  });

  it('is in the public stream, each number once and in order', async () => {
    const tenantId = newId('ten');
    await fixture.publish(
      'orders',
      Array.from({ length: 5 }, () => placed(tenantId, newId('ord'), 'usr_1')),
    );
    const redis = connectRedis(fixture.config.REDIS_URL, { purpose: 'test' });
    const key = streamKey(fixture.config.STREAM_GENERATION, 'public', partitionOf(tenantId));
    const published = async () => {
      const entries = await redis.xrange(key, '-', '+');
      const events = entries.map(([, fields]) => JSON.parse(fields[1]!) as DomainEvent);
      const own = events.filter((event) => event.tenantid === tenantId);
      return own.length >= 5 && own;
    };
    const own = await until(published, { what: 'all of it is published' });
    expect(own.map((event) => event.sequence)).toEqual([1, 2, 3, 4, 5]);
    redis.disconnect();
  });

  it('refuses to move a head that another writer moved, the first one included, and writes nothing of it', async () => {
    const { database } = pods[1]!.deps;
    const store = createPublicLogStore(database);
    const tenantId = newId('ten');
    const append = (head: number, events: DomainEvent[]) =>
      asTenants([tenantId], 'test', () =>
        inTransaction(
          database,
          (session) => {
            const heads = head === 0 ? [] : [{ tenantId, sequence: head }];
            return store.append(appendToLog(events, heads), new Date(), session);
          },
          { timeLimitMs: 0 },
        ),
      );
    const event = () => placed(tenantId, newId('ord'), 'usr_1');
    await append(0, [event(), event()]);
    await expect(append(0, [event()])).rejects.toBeInstanceOf(Conflict);
    await expect(append(1, [event()])).rejects.toBeInstanceOf(Conflict);
    await append(2, [event()]);
    expect((await logOf(tenantId)).map((one) => one.sequence)).toEqual([1, 2, 3]);
    expect(await headOf(tenantId)).toBe(3);
  });

  it('has an event once that comes again under another stream id, to the same process or to the next', async () => {
    const { database } = pods[1]!.deps;
    const tenantId = newId('ten');
    const log = createPublicLogStore(database);
    const variants = createVariantStateStore(database);
    const startProcess = () => ({
      log,
      variants,
      repeats: rememberEvents({ perTenantMax: 8, eventsMax: 8 }),
      clock: systemClock,
    });
    const apply = (deps: ReturnType<typeof startProcess>, ...brought: [id: string, event: DomainEvent][]) => {
      const entries = brought.map(([id, event]) => ({ domain: 'orders', partition: 1, id, event }));
      const batch = { entries, tenantIds: new Set([tenantId]) };
      const limit = { timeLimitMs: 0 };
      return asTenants([tenantId], 'test', () =>
        inTransaction(database, (session) => appendEvents(deps, batch, session), limit),
      );
    };
    const [first, second, third] = [1, 2, 3].map((n) => placed(tenantId, 'ord_1', 'usr_1', n)) as [
      DomainEvent,
      DomainEvent,
      DomainEvent,
    ];
    const one = startProcess();
    await apply(one, ['1-0', first], ['2-0', second], ['3-0', first]);
    await apply(one, ['4-0', second]);
    await apply(startProcess(), ['5-0', first], ['6-0', third]);
    await apply(one, ['7-0', third], ['8-0', second]);
    expect((await logOf(tenantId)).map(({ id, sequence }) => [id, sequence])).toEqual([
      [first.id, 1],
      [second.id, 2],
      [third.id, 3],
    ]);
    expect(await headOf(tenantId)).toBe(3);
  });
});

describe('the states of variants', () => {
  const tenantId = newId('ten');
  const apply = (...states: [version: number, forSale: boolean][]) => {
    const { database, stores } = pods[1]!.deps;
    const told = states.map(([version, forSale]) => ({ id: 'var_states', tenantId, version, forSale }));
    return asTenants([tenantId], 'test', () =>
      inTransaction(database, (session) => stores.variants.apply(told, session)),
    );
  };
  const read = async () => {
    const found = await pods[1]!.deps.stores.variants.read(tenantId, ['var_states', 'var_other']);
    return found.map(({ version, forSale }) => [version, forSale]);
  };

  it('are the newest ones, however often and late they come', async () => {
    expect(await read()).toEqual([]);
    await apply([2, true], [3, false], [1, true]);
    expect(await read()).toEqual([[3, false]]);
    await apply([3, true]);
    expect(await read()).toEqual([[3, false]]);
    await apply([4, true], [2, false]);
    expect(await read()).toEqual([[4, true]]);
    expect(await pods[1]!.deps.stores.variants.read(newId('ten'), ['var_states'])).toEqual([]);
  });
});
