// Two members of a service on real servers: who owns what, and that every effect happens once whoever dies or sleeps.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../persistence/index.ts';
import { systemClock, systemRandom } from '../../values/index.ts';
import { type Consumer, runConsumer } from './consumer.ts';
import { openCursorStore } from './cursors.ts';
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
  until,
} from './fixture.ts';
import type { ChildMessage } from './fixture-process.ts';
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
  const script = fileURLToPath(new URL('./fixture-process.ts', import.meta.url));
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
    await until('one member owns all', () => first.status().owned.length === 16, 5_000);
    await publish(50);
    const second = await startHere();
    const sending = (async () => {
      for (let n = 0; n < 20; n += 1) {
        await publish(10);
        await until('some of it is applied', async () => (await countApplied(database)) >= 10 * n);
      }
    })();
    await until('both own half', () => [first, second].every((one) => one.status().owned.length === 8), 5_000);
    expect([...first.status().owned, ...second.status().owned].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 16 }, (_, n) => n),
    );
    await sending;
    const stoppedAt = performance.now();
    await first.stop();
    await until('the other owns all', () => second.status().owned.length === 16, 5_000);
    expect(performance.now() - stoppedAt).toBeLessThan(3_000);
    await publish(50);
    await until('all is applied', applied);
    await expectEachOnce();
  });

  it('take over from a member killed between its first write and its commit', async () => {
    const victim = startMember();
    await until('it owns all', () => victim.owned.length === 16);
    await publish(40);
    await until('it works', applied);
    victim.process.send('stall');
    await publish(40);
    await until('it is inside a transaction', () => victim.inside);
    const heir = await startHere();
    victim.process.kill('SIGKILL');
    await until('the heir owns all', () => heir.status().owned.length === 16, 5_000);
    // The dead owner's transaction would hold its documents for 5 s and more if its session had not been killed.
    await until('what was open is applied', applied, 2_000);
    await publish(40);
    await until('all is applied', applied);
    await expectEachOnce();
  });

  it('take over from a member paused inside its transaction, which then goes on', async () => {
    const sleeper = startMember();
    await until('it owns all', () => sleeper.owned.length === 16);
    sleeper.process.send('stall');
    await publish(40);
    await until('it is inside a transaction', () => sleeper.inside);
    sleeper.process.kill('SIGSTOP');
    const pausedAt = performance.now();
    const heir = await startHere();
    await until('what was open is applied', applied, 10_000);
    expect(performance.now() - pausedAt).toBeLessThan(10_000);
    expect(heir.status().owned).toHaveLength(16);
    sleeper.process.send('go on');
    sleeper.process.kill('SIGCONT');
    await publish(40);
    await until('both share', () => sleeper.owned.length === 8 && heir.status().owned.length === 8);
    await publish(40);
    await until('all is applied', applied);
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
      await until('it is applied', applied);
    }
    await expectEachOnce();
  });
});
