// Parking behind a dead letter on real servers: never before it, never lost, across owners and restarts; replayed in
// order.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DomainEvent } from '../../contracts/index.ts';
import { Conflict, type Database } from '../../persistence/index.ts';
import { until } from '../../testing/until.ts';
import {
  countApplied,
  countEffects,
  countOnce,
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
import type { ConsumerOptions, ServiceConsumer } from './consumer.ts';

let address: FixtureAddress;
let database: Database;
let writer: StreamWriter;
let consumers: ServiceConsumer[] = [];
/** Ids of events that cannot be applied for now. */
let poison: Set<string>;

const [tenant = '', other = ''] = tenantsOf(3, 2);
const modes = ['transaction', 'effects-first'] as const;
const quick = { poisonPauseMs: 1 };

beforeEach(async () => {
  address = newAddress();
  database = await openFixtureDatabase(address);
  writer = openStreamWriter(address);
  poison = new Set();
  await writer.open(['orders']);
});

afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  consumers = [];
  writer.close();
  await database.close();
});

async function start(options: Partial<ConsumerOptions> = {}): Promise<ServiceConsumer> {
  const consumer = await startFixtureConsumer(address, database, {
    limits: quick,
    async handle(batch, session) {
      if (options.mode === 'effects-first') await countOnce(database, batch);
      else await countEffects(database, batch, session);
      if (batch.entries.some((entry) => poison.has(entry.event.id))) throw new Error('cannot decide this');
    },
    ...options,
  });
  consumers.push(consumer);
  return consumer;
}

/** Events of one order, and one of another between each two. */
function story(subject: string, count: number): DomainEvent[] {
  return Array.from({ length: count }, () => [
    placedOrder(tenant, { subject, partitionkey: subject }),
    placedOrder(tenant),
  ]).flat();
}
const of = (events: readonly DomainEvent[], subject: string) => events.filter((event) => event.subject === subject);
const idsOf = (events: readonly DomainEvent[]) => events.map(({ id }) => id);
const applied = (count: number) =>
  until(async () => (await countApplied(database)) === count, { what: `${count} applied` });
const untilDeadLettered = (count: number) =>
  until(async () => (await readDeadLetters(database)).length === count, { what: `${count} dead-lettered` });
const orderOf = async (tenantId = tenant) => (await readTallies(database)).find(({ _id }) => _id === tenantId)!.order;
const states = async () => {
  const letters = await readDeadLetters(database);
  return letters.sort((a, b) => (a.place < b.place ? -1 : 1)).map(({ state }) => state);
};

describe('events behind a dead letter', () => {
  it('are parked in order across owners and restarts, and never applied before it', async () => {
    const events = story('ord_x', 3);
    const [bad, ...followers] = of(events, 'ord_x');
    poison.add(bad!.id);
    const first = await start();
    await writer.publish('orders', events);
    await applied(3);
    await untilDeadLettered(3);
    await first.stop();
    const later = story('ord_x', 2);
    await writer.publish('orders', later);
    const second = await start();
    await applied(5);
    await untilDeadLettered(5);
    expect(await states()).toEqual(['dead', 'parked', 'parked', 'parked', 'parked']);
    expect(second.status().deadLetters).toBe(5);
    const letters = await second.deadLetters.list({ tenantId: tenant, subject: 'ord_x' });
    const expected = [bad!, ...followers, ...of(later, 'ord_x')];
    expect(letters.map(({ event }) => JSON.parse(event).id)).toEqual(idsOf(expected));
    expect(letters[0]).toMatchObject({ error: 'Error: cannot decide this', state: 'dead' });
    const all = [...events, ...later];
    expect(await orderOf()).toEqual(idsOf(all.filter(({ subject }) => subject !== 'ord_x')));
  });

  it.each(modes)('are replayed in order (%s), once the cause is gone', async (mode) => {
    const events = story('ord_x', 4);
    const own = of(events, 'ord_x');
    poison.add(own[1]!.id);
    // In that mode effects come first, so the handler fails before it has any.
    const handle: ConsumerOptions['handle'] = async (batch, session) => {
      if (batch.entries.some((entry) => poison.has(entry.event.id))) throw new Error('cannot decide this');
      if (mode === 'effects-first') await countOnce(database, batch);
      else await countEffects(database, batch, session);
    };
    const consumer = await start({ mode, handle });
    await writer.publish('orders', events);
    await applied(5);
    await untilDeadLettered(3);
    const again = await consumer.deadLetters.replay({ tenantId: tenant, subject: 'ord_x' });
    expect(again).toMatchObject({ applied: 0, failed: { domain: 'orders', error: 'Error: cannot decide this' } });
    poison.clear();
    expect(await consumer.deadLetters.replay({ tenantId: tenant, subject: 'ord_x' })).toEqual({
      applied: 3,
      discarded: 0,
    });
    const later = story('ord_x', 1);
    await writer.publish('orders', later);
    await applied(10);
    const order = await orderOf();
    expect(order.filter((id) => idsOf([...own, ...later]).includes(id))).toEqual(idsOf([...own, ...later]));
    expect(await readDeadLetters(database)).toEqual([]);
    await until(() => consumer.status().deadLetters === 0, { what: 'noticed' });
  });

  it('go on after the letter was discarded', async () => {
    const events = story('ord_x', 3);
    const [bad, ...followers] = of(events, 'ord_x');
    poison.add(bad!.id);
    const consumer = await start();
    await writer.publish('orders', events);
    await untilDeadLettered(3);
    const result = await consumer.deadLetters.replay({ tenantId: tenant, subject: 'ord_x' }, { discardFirst: true });
    expect(result).toEqual({ applied: 2, discarded: 1 });
    const order = await orderOf();
    expect(order).not.toContain(bad!.id);
    expect(order.filter((id) => idsOf(followers).includes(id))).toEqual(idsOf(followers));
  });

  it('keep their order while they are replayed by two and more arrive', async () => {
    const own = Array.from({ length: 60 }, () => placedOrder(tenant, { subject: 'ord_x', partitionkey: 'ord_x' }));
    poison.add(own[0]!.id);
    const [one, two] = [await start(), await start()];
    await writer.publish('orders', own.slice(0, 30));
    await untilDeadLettered(30);
    poison.clear();
    const target = { tenantId: tenant, subject: 'ord_x' };
    const replays = Promise.allSettled([one.deadLetters.replay(target), two.deadLetters.replay(target)]);
    for (const event of own.slice(30)) await writer.publish('orders', [event]);
    await replays;
    await until(
      async () => {
        await one.deadLetters.replay(target);
        return (await countApplied(database)) === own.length;
      },
      { what: 'everything is applied' },
    );
    expect(await orderOf()).toEqual(idsOf(own));
    expect(await readDeadLetters(database)).toEqual([]);
  });

  it('are parked with the cursor that passes them, or not at all', async () => {
    const own = of(story('ord_x', 3), 'ord_x');
    poison.add(own[0]!.id);
    let conflicts = 0;
    const first = await start();
    await writer.publish('orders', own.slice(0, 1));
    await untilDeadLettered(1);
    await first.stop();
    // An owner whose step fails after the letters: with the batch of another tenant in the same transaction.
    await start({
      async handle(batch, session) {
        await countEffects(database, batch, session);
        conflicts += 1;
        if (conflicts < 4) throw new Conflict();
      },
    });
    await writer.publish('orders', [...own.slice(1), placedOrder(other)]);
    await applied(1);
    await untilDeadLettered(3);
    expect(await states()).toEqual(['dead', 'parked', 'parked']);
  });
});

describe('what may be parked', () => {
  it('is bounded per aggregate; beyond it the partition stops aloud and goes on when there is room', async () => {
    const events = story('ord_x', 4);
    poison.add(of(events, 'ord_x')[0]!.id);
    const consumer = await start({ limits: { ...quick, parkedPerAggregateMax: 2, alarmRecheckMs: 20, publishMs: 20 } });
    await writer.publish('orders', events);
    await until(() => consumer.status().alarms.some(({ reason }) => reason === 'dead_letters_full'), {
      what: 'stopped',
    });
    await untilDeadLettered(3);
    await applied(3);
    expect(await states()).toEqual(['dead', 'parked', 'parked']);
    poison.clear();
    await consumer.deadLetters.replay({ tenantId: tenant, subject: 'ord_x' });
    await applied(8);
    await until(() => consumer.status().alarms.length === 0, { what: 'no alarm' });
    const own = of(events, 'ord_x');
    expect((await orderOf()).filter((id) => idsOf(own).includes(id))).toEqual(idsOf(own));
  });

  it('is bounded in all', async () => {
    const events = Array.from({ length: 4 }, () => placedOrder(tenant));
    for (const { id } of events) poison.add(id);
    const consumer = await start({ limits: { ...quick, deadLettersMax: 2, alarmRecheckMs: 20 } });
    await writer.publish('orders', events);
    await until(() => consumer.status().alarms.some(({ reason }) => reason === 'dead_letters_full'), {
      what: 'stopped',
    });
    await untilDeadLettered(2);
    await consumer.deadLetters.replay({ tenantId: tenant, subject: events[0]!.subject }, { discardFirst: true });
    await until(async () => (await readDeadLetters(database)).some(({ event }) => event.includes(events[2]!.id)), {
      what: 'one more',
    });
    expect(await states()).toEqual(['dead', 'dead']);
  });
});
