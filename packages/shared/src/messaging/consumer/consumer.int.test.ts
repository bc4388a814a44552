// One consumer on real servers: effects exactly once, conflicts, poison, alarms, order between domains.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Conflict, type Database } from '../../persistence/index.ts';
import { until } from '../../testing/until.ts';
import {
  countApplied,
  countEffects,
  countOnce,
  createdTenant,
  type FixtureAddress,
  newAddress,
  openFixtureDatabase,
  openStreamWriter,
  placedOrder,
  readDeadLetters,
  readTallies,
  type StreamWriter,
  startFixtureConsumer,
  tenantsOf,
} from './consumer.fixture.ts';
import type { Consumer, ConsumerOptions } from './consumer.ts';
import type { StreamEntry } from './ports.ts';

let address: FixtureAddress;
let database: Database;
let writer: StreamWriter;
let consumer: Consumer | undefined;

const [tenant = '', other = ''] = tenantsOf(3, 2);
const elsewhere = tenantsOf(4, 1)[0]!;

beforeEach(async () => {
  address = newAddress();
  database = await openFixtureDatabase(address);
  writer = openStreamWriter(address);
  await writer.open(['orders', 'auth']);
});

afterEach(async () => {
  await consumer?.stop();
  consumer = undefined;
  writer.close();
  await database.close();
});

async function start(options: Partial<ConsumerOptions> = {}): Promise<Consumer> {
  consumer = await startFixtureConsumer(address, database, options);
  return consumer;
}

const orders = (tenants: string[]) => tenants.map((tenantId) => placedOrder(tenantId));
const applied = (count: number) =>
  until(async () => (await countApplied(database)) === count, { what: `${count} applied` });
const deadLetters = () => readDeadLetters(database);

describe('startConsumer', () => {
  it('owns every partition soon and applies what lies in the streams before and after', async () => {
    await writer.publish('orders', orders([tenant, other, elsewhere]));
    const startedAt = performance.now();
    const { status } = await start();
    await until(() => status().owned.length === 16, { what: 'all owned' });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await applied(3);
    await writer.publish('orders', orders([tenant, elsewhere]));
    await applied(5);
    expect(status().alarms).toEqual([]);
  });

  it('goes on where it stopped, and publishes how far it is', async () => {
    const first = await start();
    await writer.publish('orders', orders([tenant]));
    await applied(1);
    await first.stop();
    const ids = await writer.publish('orders', orders([tenant, tenant]));
    await start();
    await applied(3);
    await until(async () => (await writer.cursors('orders', 3)).fixture === `${writer.source}|${ids[1]}`, {
      what: 'published',
    });
  });

  it('runs what belongs after a commit once, after it', async () => {
    const seen: number[] = [];
    await start({
      async handle(batch, session) {
        await countEffects(database, batch, session);
        return { afterCommit: () => seen.push(batch.entries.length) };
      },
    });
    await writer.publish('orders', orders([tenant]));
    await until(() => seen.length > 0, { what: 'seen' });
    expect(await countApplied(database)).toBe(1);
    expect(seen).toEqual([1]);
  });

  it('decides a batch again after a conflict, as often as it takes', async () => {
    let attempts = 0;
    await start({
      async handle(batch, session) {
        attempts += 1;
        await countEffects(database, batch, session);
        if (attempts < 8) throw new Conflict();
      },
    });
    await writer.publish('orders', orders([tenant]));
    await applied(1);
    expect(attempts).toBe(8);
    expect(await deadLetters()).toEqual([]);
  });

  it('takes a poisoned batch apart, dead-letters the poison after five attempts and applies the rest in order', async () => {
    const events = orders(Array.from({ length: 20 }, () => tenant));
    const neighbours = orders([elsewhere, elsewhere]);
    const poison = events[11]!.id;
    let failures = 0;
    await writer.publish('orders', [...events, ...neighbours]);
    await start({
      async handle(batch, session) {
        await countEffects(database, batch, session);
        if (!batch.entries.some((entry) => entry.event.id === poison)) return;
        if (batch.entries.length === 1) failures += 1;
        throw new Error('cannot decide this');
      },
    });
    await applied(21);
    await until(async () => (await deadLetters()).length === 1, { what: 'dead-lettered' });
    expect(failures).toBe(5);
    const [letter] = await deadLetters();
    expect(letter).toMatchObject({
      tenantId: tenant,
      domain: 'orders',
      partition: 3,
      error: 'Error: cannot decide this',
    });
    expect(JSON.parse(letter!.event)).toMatchObject({ id: poison });
    const tallies = await readTallies(database);
    const expected = events.map((event) => event.id).filter((id) => id !== poison);
    expect(tallies.find((tally) => tally._id === tenant)?.order).toEqual(expected);
  });

  it('does not dead-letter anything while MongoDB or a lost race is to blame', async () => {
    let attempts = 0;
    await start({
      async handle(batch, session) {
        attempts += 1;
        if (attempts <= 7) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        await countEffects(database, batch, session);
      },
    });
    await writer.publish('orders', orders([tenant]));
    await applied(1);
    expect(attempts).toBe(8);
    expect(await deadLetters()).toEqual([]);
  });

  it('dead-letters what is no event or belongs elsewhere, skips unknown types, and counts', async () => {
    const counts = new Map<string, number>();
    await writer.append('orders', 3, 'not json');
    await writer.append('orders', 3, JSON.stringify(placedOrder(elsewhere)));
    await writer.append('orders', 3, JSON.stringify(placedOrder(tenant, { type: 'com.holdfast.order.sung.v1' })));
    await writer.publish('orders', orders([tenant]));
    await start({ metrics: { count: (name, amount) => counts.set(name, (counts.get(name) ?? 0) + amount) } });
    await applied(1);
    await until(() => counts.get('applied') === 1, { what: 'counted' });
    expect((await deadLetters()).map((letter) => letter.tenantId)).toEqual(['-', elsewhere]);
    expect([counts.get('dead_letter'), counts.get('skipped')]).toEqual([2, 1]);
  });

  it('writes effects first and the cursor after in that mode, and again what failed in between', async () => {
    const sessions: unknown[] = [];
    await start({
      mode: 'effects-first',
      async handle(batch, session) {
        sessions.push(session);
        await countOnce(database, batch);
        if (sessions.length < 4) throw new Conflict();
      },
    });
    await writer.publish('orders', orders([tenant, elsewhere, other]));
    await until(async () => (await writer.cursors('orders', 4)).fixture?.endsWith('-1') === false, {
      what: 'published',
    });
    expect(await countApplied(database)).toBe(3);
    expect(sessions.length).toBeGreaterThanOrEqual(4);
    expect(sessions.every((session) => session === undefined)).toBe(true);
  });

  it('applies everything of a drained-first domain that lay there before an entry of another', async () => {
    const seen: StreamEntry[] = [];
    await writer.publish('orders', orders([tenant, tenant]));
    await writer.publish(
      'auth',
      Array.from({ length: 50 }, () => createdTenant(tenant)),
    );
    await start({
      table: { domains: ['orders', 'auth'] },
      drainFirst: ['auth'],
      limits: { readCountMax: 20 },
      handle: async (batch) => {
        seen.push(...batch.entries);
      },
    });
    await until(() => seen.length >= 52, { what: 'all seen' });
    expect(seen.map((entry) => entry.domain)).toEqual([...Array(50).fill('auth'), 'orders', 'orders']);
  });
});

describe('a partition stops aloud', () => {
  const alarmsOf = (one: Consumer) => one.status().alarms.map(({ partition, reason }) => `${partition} ${reason}`);

  it('at a foreign entry, and goes on when the stream has been rebuilt', async () => {
    const one = await start();
    const id = await writer.appendForeign('orders', 3, JSON.stringify(placedOrder(tenant)));
    await until(() => alarmsOf(one).includes('3 foreign_entry'), { what: 'alarm' });
    expect(one.status().alarms).toMatchObject([{ domain: 'orders', entryId: id }]);
    await writer.publish('orders', orders([elsewhere]));
    await applied(1);
    // Now the relay has reached it: what was foreign is covered.
    await writer.append('orders', 3, JSON.stringify(placedOrder(other)));
    await applied(3);
    await until(() => alarmsOf(one).length === 0, { what: 'no alarm' });
  });

  it('at a version from the future, after applying what is before it', async () => {
    const one = await start();
    await writer.publish('orders', [
      placedOrder(tenant),
      placedOrder(tenant, { type: 'com.holdfast.order.placed.v9' }),
      placedOrder(tenant),
      placedOrder(elsewhere),
    ]);
    await until(() => alarmsOf(one).includes('3 unknown_version'), { what: 'alarm' });
    await applied(2);
    expect(await deadLetters()).toEqual([]);
  });

  it('when its stream has lost events or comes from another database, also while no entry comes', async () => {
    const one = await start();
    await writer.publish('orders', orders([tenant, elsewhere]));
    await applied(2);
    await writer.setPosition('orders', 3, { completeFrom: 'f'.repeat(22) });
    await writer.setPosition('orders', 4, { source: 'restored' });
    await until(() => alarmsOf(one).length === 2, { what: 'alarms' });
    expect(alarmsOf(one)).toEqual(['3 events_missing', '4 wrong_source']);
    await writer.publish('orders', orders([other]));
    await writer.setPosition('orders', 3, { completeFrom: '' });
    await applied(3);
  });

  it('when a new consumer comes to a stream that no longer has its beginning', async () => {
    await writer.setPosition('orders', 3, { beginsAt: `${'0'.repeat(21)}1` });
    await writer.publish('orders', orders([tenant]));
    const one = await start();
    await until(() => alarmsOf(one).length === 1, { what: 'alarm' });
    expect(alarmsOf(one)).toEqual(['3 events_missing']);
    expect(await countApplied(database)).toBe(0);
  });
});
