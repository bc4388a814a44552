// Two members of a service on real servers: who owns what, and that every effect happens once whoever dies or sleeps.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../persistence/index.ts';
import { until } from '../../testing/until.ts';
import { systemClock, systemRandom } from '../../values/index.ts';
import {
  countApplied,
  countEffects,
  type FixtureAddress,
  newAddress,
  openFixtureDatabase,
  openStreamWriter,
  placedOrder,
  readDeadLetters,
  readTallies,
  type StreamWriter,
  startFixtureConsumer,
  testLog,
} from './consumer.fixture.ts';
import { type Consumer, runConsumer } from './consumer.ts';
import type { ChildMessage } from './consumer-process.fixture.ts';
import { openCursorStore } from './cursors.ts';
import { consumerLimits } from './limits.ts';
import type { OwnerRegistry } from './ports.ts';
import { openEventStreams } from './streams.ts';

interface Member {
  readonly process: ChildProcess;
  owned: number[];
  inside: boolean;
}

let address: FixtureAddress;
let database: Database;
let writer: StreamWriter;
let published: string[];
const consumers: Consumer[] = [];
const members: Member[] = [];

beforeEach(async () => {
  address = newAddress();
  database = await openFixtureDatabase(address);
  writer = openStreamWriter(address);
  await writer.open(['orders']);
  published = [];
});

afterEach(async () => {
  for (const { process } of members.splice(0)) process.kill('SIGKILL');
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
  writer.close();
  await database.close();
});

function startMember(): Member {
  const script = fileURLToPath(new URL('./consumer-process.fixture.ts', import.meta.url));
  const member: Member = {
    process: fork(script, [JSON.stringify(address)], { execArgv: [] }),
    owned: [],
    inside: false,
  };
  member.process.on('message', (message: ChildMessage) => {
    if (message.kind === 'status') member.owned = message.owned;
    else member.inside = true;
  });
  members.push(member);
  return member;
}

async function startHere(): Promise<Consumer> {
  const consumer = await startFixtureConsumer(address, database);
  consumers.push(consumer);
  return consumer;
}

async function publish(count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => placedOrder(`tenant-${n % 40}`));
  published.push(...events.map((event) => event.id));
  await writer.publish('orders', events);
}

async function expectEachOnce(): Promise<void> {
  expect(await readDeadLetters(database)).toEqual([]);
  const tallies = await readTallies(database);
  expect(tallies.flatMap((tally) => tally.order).sort()).toEqual([...published].sort());
  // Stream order within each tenant.
  const place = new Map(published.map((id, n) => [id, n]));
  for (const { order, count } of tallies) {
    expect(count).toBe(order.length);
    const places = order.map((id) => place.get(id) ?? -1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  }
}

const applied = async () => (await countApplied(database)) >= published.length;

describe('owners', () => {
  it('share the partitions, and hand over without losing or repeating anything', async () => {
    const first = await startHere();
    await until(() => first.status().owned.length === 16, { what: 'one member owns all', timeoutMs: 5_000 });
    await publish(50);
    const second = await startHere();
    const sending = (async () => {
      for (let n = 0; n < 20; n += 1) {
        await publish(10);
        await until(async () => (await countApplied(database)) >= 10 * n, { what: 'some of it is applied' });
      }
    })();
    await until(() => [first, second].every((one) => one.status().owned.length === 8), {
      what: 'both own half',
      timeoutMs: 5_000,
    });
    expect([...first.status().owned, ...second.status().owned].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 16 }, (_, n) => n),
    );
    await sending;
    const stoppedAt = performance.now();
    await first.stop();
    await until(() => second.status().owned.length === 16, { what: 'the other owns all', timeoutMs: 5_000 });
    expect(performance.now() - stoppedAt).toBeLessThan(3_000);
    await publish(50);
    await until(applied, { what: 'all is applied' });
    await expectEachOnce();
  });

  it('take over from a member killed between its first write and its commit', async () => {
    const victim = startMember();
    await until(() => victim.owned.length === 16, { what: 'it owns all' });
    await publish(40);
    await until(applied, { what: 'it works' });
    victim.process.send('stall');
    await publish(40);
    await until(() => victim.inside, { what: 'it is inside a transaction' });
    const heir = await startHere();
    victim.process.kill('SIGKILL');
    await until(() => heir.status().owned.length === 16, { what: 'the heir owns all', timeoutMs: 5_000 });
    // The dead owner's transaction would hold its documents for 5 s and more if its session had not been killed.
    await until(applied, { what: 'what was open is applied', timeoutMs: 2_000 });
    await publish(40);
    await until(applied, { what: 'all is applied' });
    await expectEachOnce();
  });

  it('take over from a member paused inside its transaction, which then goes on', async () => {
    const sleeper = startMember();
    await until(() => sleeper.owned.length === 16, { what: 'it owns all' });
    sleeper.process.send('stall');
    await publish(40);
    await until(() => sleeper.inside, { what: 'it is inside a transaction' });
    sleeper.process.kill('SIGSTOP');
    const pausedAt = performance.now();
    const heir = await startHere();
    await until(applied, { what: 'what was open is applied', timeoutMs: 10_000 });
    expect(performance.now() - pausedAt).toBeLessThan(10_000);
    expect(heir.status().owned).toHaveLength(16);
    sleeper.process.send('go on');
    sleeper.process.kill('SIGCONT');
    await publish(40);
    await until(() => sleeper.owned.length === 8 && heir.status().owned.length === 8, { what: 'both share' });
    await publish(40);
    await until(applied, { what: 'all is applied' });
    await expectEachOnce();
  });

  it('corrupt nothing when two hold the same partitions all the time', async () => {
    const anybody: OwnerRegistry = {
      heartbeat: async () => 1,
      acquire: async () => ({ extend: async () => true, release: async () => {} }),
      leave: async () => {},
      close() {},
    };
    const service = 'fixture';
    const { redisUrl, generation } = address;
    const [clock, random] = [systemClock, systemRandom];
    const start = async () => {
      const store = await openCursorStore({
        database,
        service,
        generation,
        clock,
        random,
        domains: ['orders'],
        mode: 'transaction',
        transactionMs: consumerLimits.transactionMs,
      });
      const streams = openEventStreams({ redisUrl, generation, service });
      const consumer = runConsumer(
        { store, streams, registry: anybody, clock, random },
        {
          table: { domains: ['orders'] },
          handle: (batch, session) => countEffects(database, batch, session),
          log: testLog,
          limits: consumerLimits,
        },
      );
      consumers.push(consumer);
    };
    await start();
    await start();
    for (let n = 0; n < 20; n += 1) {
      await publish(20);
      await until(applied, { what: 'it is applied' });
    }
    await expectEachOnce();
  });
});
