// The relay's life over ports in memory: failures that real servers show rarely, at exactly the chosen moment.
import { afterEach, expect, test } from 'vitest';
import { until } from '../../testing/until.ts';
import { partitionCount, silentLog, systemClock, systemRandom } from '../../values/index.ts';
import { hasMissed } from '../streams/positions.ts';
import { createMemoryChangeLog, type MemoryChangeLog } from './lab/memory-change-log.ts';
import { createMemoryStreams, type MemoryStreams } from './lab/memory-streams.ts';
import type { EventStreams, Leadership, OpenStreams, RelayPorts } from './ports.ts';
import { alwaysLead, type Relay, runRelay } from './run-relay.ts';

let relay: Relay | undefined;
afterEach(() => relay?.stop());

interface World {
  readonly changeLog: MemoryChangeLog;
  readonly memory: MemoryStreams;
  written: number;
}

function newWorld(batchSize = 7): World {
  return { changeLog: createMemoryChangeLog({ batchSize }), memory: createMemoryStreams(), written: 0 };
}

function start(world: World, streams: EventStreams = world.memory, leadership: Leadership = alwaysLead): Relay {
  const ports: RelayPorts = {
    changeLog: world.changeLog,
    streams,
    leadership,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  };
  relay = runRelay(ports, { domain: 'orders', consumers: [] });
  return relay;
}

/** A transaction of so many changes with one event each. */
function write(world: World, changes: number): void {
  const events = Array.from({ length: changes }, () => {
    world.written += 1;
    return [{ id: `e${world.written}`, tenantId: `t${world.written % 23}`, body: String(world.written) }];
  });
  world.changeLog.write(...events);
}

function published({ memory }: World): number[][] {
  return Array.from({ length: partitionCount }, (_, p) => memory.entries(p).map(([, text]) => Number(text)));
}

/** Every event exactly once, each partition in the order of writing. */
async function allPublished(world: World): Promise<void> {
  await until(() => published(world).flat().length === world.written, { what: 'everything is published' });
  expect(new Set(published(world).flat()).size).toBe(world.written);
  for (const numbers of published(world)) expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
}

/** The streams with one call changed. */
function changed(memory: MemoryStreams, change: (open: OpenStreams) => Partial<OpenStreams>): EventStreams {
  return {
    async open() {
      const open = await memory.open();
      return { ...open, ...change(open) };
    },
  };
}

test('publishes transactions that span batches', async () => {
  const world = newWorld();
  await world.changeLog.agree();
  start(world);
  for (const changes of [1, 30, 2, 7, 8]) write(world, changes);
  await allPublished(world);
  expect(relay!.status()).toMatchObject({ ready: true, leading: true, lagMs: 0 });
});

test('an append that was applied but whose reply was lost', async () => {
  const world = newWorld();
  await world.changeLog.agree();
  let lost = 0;
  start(
    world,
    changed(world.memory, (open) => ({
      async append(record, shares) {
        const answers = await open.append(record, shares);
        if (lost < 4 && shares.some(({ entries }) => entries.length > 0)) {
          lost += 1;
          throw new Error('connection lost');
        }
        return answers;
      },
    })),
  );
  for (let n = 0; n < 10; n += 1) write(world, 5);
  await allPublished(world);
  expect(lost).toBe(4);
});

test('Redis that goes back in time between two appends', async () => {
  const world = newWorld();
  await world.changeLog.agree();
  start(world);
  write(world, 20);
  await allPublished(world);
  const restore = world.memory.snapshot();
  write(world, 20);
  await allPublished(world);
  restore();
  write(world, 5);
  await allPublished(world);
});

test('the oplog no longer reaches back: a loud alarm, what was lost is declared, and the relay goes on', async () => {
  const world = newWorld();
  await world.changeLog.agree();
  const first = start(world);
  write(world, 10);
  await allPublished(world);
  await first.stop();
  const cursor = world.memory.entries(3).at(-1)?.[0] ?? '0-0';
  world.changeLog.forget();
  const second = start(world);
  await until(() => second.status().alarm?.kind === 'history-lost', { what: 'the loss is noticed' });
  await until(() => world.memory.positionsHeld.get(3)?.completeFrom !== '', { what: 'it is known what is complete' });
  const position = world.memory.positionsHeld.get(3)!;
  expect(world.changeLog.record?.completeFrom).toBe(position.completeFrom);
  expect(hasMissed(cursor, position)).toBe(true);
  write(world, 10);
  await allPublished(world);
  expect(second.status().alarm?.kind).toBe('history-lost');
});

test('two relays over the same streams', async () => {
  const world = newWorld(3);
  await world.changeLog.agree();
  const first = start(world);
  const second = start(world);
  for (let n = 0; n < 15; n += 1) {
    write(world, 1 + (n % 6));
    if (n === 7) await first.stop();
  }
  await allPublished(world);
  await second.stop();
});

test('without leadership nothing is published; a lost lease stops publishing, and it is tried for again', async () => {
  const world = newWorld();
  await world.changeLog.agree();
  let free = false;
  let ours = true;
  const released: string[] = [];
  const relayed = start(world, world.memory, {
    take: async () =>
      free ? { extend: async () => ours, release: async () => void released.push('released') } : undefined,
    close: () => {},
  });
  write(world, 3);
  expect(relayed.status()).toMatchObject({ leading: false, lagMs: 0 });
  free = true;
  await allPublished(world);
  expect(relayed.status().leading).toBe(true);
  free = false;
  ours = false;
  await until(() => !relayed.status().leading, { what: 'it has given up', timeoutMs: 5_000 });
  expect(released).toEqual(['released']);
});

test('who leads no more alarms no more, because only the leader sees when things are well again', async () => {
  const world = newWorld();
  await world.changeLog.agree();
  await world.changeLog.declareLost(await world.changeLog.agree());
  let ours = true;
  const relayed = start(world, world.memory, {
    take: async () => (ours ? { extend: async () => ours, release: async () => {} } : undefined),
    close: () => {},
  });
  await until(() => relayed.status().alarm?.kind === 'history-lost', { what: 'the loss is noticed' });
  ours = false;
  await until(() => !relayed.status().leading, { what: 'it has given up', timeoutMs: 5_000 });
  expect(relayed.status().alarm).toBeUndefined();
});
