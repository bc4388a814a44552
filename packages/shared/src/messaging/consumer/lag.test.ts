// A consumer while Redis does not answer: what it says of its lag, and how it stops, over ports in a time of their own.
import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../testing/manual-clock.ts';
import { silentLog, sleep, systemRandom } from '../../values/index.ts';
import { positionAfter, streamId, timeText } from '../streams/positions.ts';
import { placedOrder, tenantsOf } from './consumer.fixture.ts';
import { type Consumer, type ConsumerPorts, runConsumer } from './consumer.ts';
import { consumerLimits } from './limits.ts';
import type { CursorStore, EventStreams, OwnerRegistry, StreamSlice } from './ports.ts';

const givenUpMs = 10_000;
const source = 'source-1';

let clock: ManualClock;
/** `reading`: only the connection that reads. */
let isFrozen: { redis: boolean; reading: boolean };
let isAlone: boolean;
let slices: StreamSlice[];
let handleMs: number;
let closed: PromiseWithResolvers<never>;
let consumer: Consumer;

/** The answer, or a failure after as long as clients wait for one. */
async function answered<T>(what: keyof typeof isFrozen, answer: () => T | Promise<T>, ms = givenUpMs): Promise<T> {
  const deadlineMs = clock.monotonicMs() + ms;
  while (isFrozen[what] && clock.monotonicMs() < deadlineMs) await sleep(clock, 100);
  if (isFrozen[what]) throw new Error('no answer');
  return answer();
}

/** The same on the connections to the streams, where closing them fails what is under way. */
const streamed: typeof answered = (...asked) => Promise.race([answered(...asked), closed.promise]);

const registry: OwnerRegistry = {
  heartbeat: () => answered('redis', () => (isAlone ? 1 : 2)),
  acquire: () =>
    answered('redis', () =>
      isAlone
        ? {
            extend: () => answered('redis', () => isAlone).catch(() => false),
            release: () => answered('redis', () => {}).catch(() => {}),
          }
        : undefined,
    ).catch(() => undefined),
  leave: async () => {},
  close() {},
};

const store: CursorStore = {
  takeOver: async (partitions) =>
    new Map(partitions.map((n) => [n, { epoch: 1, cursors: new Map([['orders', { source, lastId: '0-1' }]]) }])),
  claims: async (partitions) => store.takeOver(partitions),
  apply: async (step) => step.effects?.(),
  close: async () => {},
};

const streams: EventStreams = {
  async read(_from, { blockMs }) {
    if (slices.length === 0) await sleep(clock, blockMs);
    return streamed('redis', () => streamed('reading', () => slices.splice(0)), 2_000);
  },
  states: (refs) =>
    streamed('redis', () => {
      const at = positionAfter(streamId(timeText(Math.floor(clock.monotonicMs() / 1_000) + 1, 1), 0));
      return refs.map(() => ({ source, at, completeFrom: '', beginsAt: '' }));
    }),
  interrupt() {},
  publish: () => streamed('redis', () => {}),
  close: () => closed.reject(new Error('closed')),
};

/** The lag once a second. */
async function lags(seconds: number): Promise<number[]> {
  const seen: number[] = [];
  for (let n = 0; n < seconds; n += 1) {
    await clock.advance(1_000);
    seen.push(consumer.status().lagMs);
  }
  return seen;
}

const isGrowing = (seen: readonly number[]) => seen.every((lagMs, n) => n === 0 || lagMs > seen[n - 1]!);
const none = (count: number) => Array(count).fill(0);

beforeEach(async () => {
  clock = createManualClock();
  isFrozen = { redis: false, reading: false };
  isAlone = true;
  slices = [];
  handleMs = 0;
  closed = Promise.withResolvers();
  closed.promise.catch(() => {});
  const ports: ConsumerPorts = { streams, store, registry, clock, random: systemRandom };
  const handle = () => sleep(clock, handleMs);
  consumer = runConsumer(ports, { table: { domains: ['orders'] }, handle, limits: consumerLimits, log: silentLog });
  expect(await lags(20)).toEqual(none(20));
});

it('grows from the last answer on, also without the leases, and is over with the first', async () => {
  isFrozen.redis = true;
  const seen = await lags(60);
  expect(consumer.status().owned).toEqual([]);
  expect(seen[2]).toBeGreaterThan(2_000);
  expect(isGrowing(seen.slice(2))).toBe(true);
  expect(seen.at(-1)).toBeGreaterThan(58_000);
  isFrozen.redis = false;
  expect((await lags(4)).at(-1)).toBe(0);
  expect(await lags(10)).toEqual(none(10));
  expect(consumer.status().owned).toHaveLength(16);
});

it('grows while only reads are not answered', async () => {
  isFrozen.reading = true;
  const seen = await lags(60);
  expect(isGrowing(seen.slice(2))).toBe(true);
  expect(consumer.status().owned).toHaveLength(16);
});

it('is none while another member owns everything, and grows while nobody says so', async () => {
  isAlone = false;
  await lags(5);
  expect(consumer.status().owned).toEqual([]);
  expect(await lags(20)).toEqual(none(20));
  isFrozen.redis = true;
  expect(isGrowing((await lags(60)).slice(2))).toBe(true);
});

/** One slice with an entry of this age. */
function entryOf(ageSeconds: number): StreamSlice[] {
  const id = streamId(timeText(clock.monotonicMs() / 1_000 - ageSeconds, 1), 0);
  const text = JSON.stringify(placedOrder(tenantsOf(0, 1)[0]!));
  return [{ domain: 'orders', partition: 0, entries: [{ id, text }] }];
}

it('is the age of what is being applied', async () => {
  handleMs = 4_000;
  slices = entryOf(5);
  const seen = await lags(8);
  expect(seen[0]).toBeGreaterThan(5_000);
  expect(isGrowing(seen.slice(0, 4))).toBe(true);
  expect(seen.slice(5)).toEqual(none(3));
});

it('is none when everything that was read is applied, also while the next read is blocked', async () => {
  slices = entryOf(5);
  expect(await lags(3)).toEqual(none(3));
  expect(slices).toEqual([]);
});

describe('stopping', () => {
  /** Whether it has stopped after each of these times. */
  async function hasStopped(...afterMs: number[]): Promise<boolean[]> {
    let stopped = false;
    const stopping = consumer.stop().then(() => {
      stopped = true;
    });
    const seen: boolean[] = [];
    for (const ms of afterMs) {
      await clock.advance(ms);
      seen.push(stopped);
    }
    await clock.advance(3 * givenUpMs);
    await stopping;
    return seen;
  }
  const { leaveMs, readBlockMs } = consumerLimits;

  it.each([0, 3_500, 7_000, 60_000])('while Redis is frozen for %i ms takes two bounds', async (frozenMs) => {
    isFrozen.redis = true;
    await clock.advance(frozenMs);
    expect(await hasStopped(2 * leaveMs)).toEqual([true]);
  });

  it('finishes the running batch, however long that takes', async () => {
    handleMs = 3 * leaveMs;
    slices = entryOf(0);
    await clock.advance(readBlockMs);
    expect(slices).toEqual([]);
    expect(await hasStopped(2 * leaveMs, leaveMs)).toEqual([false, true]);
  });
});
