// A relay while a server does not answer: what it says of its lag, and how it stops, over ports in a time of their own.
import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../testing/manual-clock.ts';
import { silentLog, sleep, systemRandom } from '../../values/index.ts';
import { timeText } from '../streams/positions.ts';
import { createMemoryStreams } from './lab/memory-streams.ts';
import { leaseRenewMs, leaseTtlMs, stopMs } from './limits.ts';
import type { Change, ChangeBatch, ChangeLog, RelayPorts } from './ports.ts';
import { type Relay, runRelay } from './run-relay.ts';

const givenUpMs = 10_000;
const record = { source: 'source-1', start: timeText(0, 1), needed: '', completeFrom: '' };

let clock: ManualClock;
/** `appending`: only the connection that appends. */
let isFrozen: { redis: boolean; mongodb: boolean; appending: boolean };
let leads: 'us' | 'another';
let changes: Change[];
let upTo: string;
let relay: Relay;
let isClosed: boolean;

/** The answer, or a failure after as long as clients wait for one. */
async function answered<T>(server: keyof typeof isFrozen, answer: () => T | Promise<T>): Promise<T> {
  if (!isFrozen[server]) return answer();
  const deadlineMs = clock.monotonicMs() + givenUpMs;
  while (isFrozen[server] && clock.monotonicMs() < deadlineMs) await sleep(clock, 100);
  if (isFrozen[server]) throw new Error('no answer');
  return answer();
}

function portsOf(): RelayPorts {
  const memory = createMemoryStreams();
  const changeLog = {
    agree: () => answered('mongodb', () => record),
    saveNeeded: async () => {},
    open: async () => ({
      close() {},
      async next(awaitMs = 1_000): Promise<ChangeBatch> {
        await sleep(clock, awaitMs);
        // As an idle oplog, which moves far more rarely than it is asked: there is nothing to append.
        return answered('mongodb', () => ({ changes: changes.splice(0), upTo, ended: false }));
      },
    }),
  } as unknown as ChangeLog;
  return {
    changeLog,
    streams: {
      async open() {
        const open = await answered('redis', () => memory.open());
        return {
          ...open,
          append: (...given) => answered('redis', () => answered('appending', () => open.append(...given))),
        };
      },
    },
    leadership: {
      take: () =>
        answered('redis', () => {
          if (leads === 'another') return undefined;
          return {
            extend: () => answered('redis', () => leads === 'us').catch(() => false),
            release: () => answered('redis', () => {}).catch(() => {}),
          };
        }),
      close() {
        isClosed = true;
      },
    },
    clock,
    random: systemRandom,
    log: silentLog,
  };
}

/** The lag once a second. */
async function lags(seconds: number): Promise<number[]> {
  const seen: number[] = [];
  for (let n = 0; n < seconds; n += 1) {
    await clock.advance(1_000);
    seen.push(relay.status().lagMs);
  }
  return seen;
}

const isGrowing = (seen: readonly number[]) => seen.every((lagMs, n) => n === 0 || lagMs > seen[n - 1]!);

beforeEach(() => {
  clock = createManualClock();
  isFrozen = { redis: false, mongodb: false, appending: false };
  leads = 'us';
  isClosed = false;
  changes = [];
  upTo = timeText(9, 1);
  relay = runRelay(portsOf(), { domain: 'orders', consumers: [] });
});

describe.each(['redis', 'mongodb'] as const)('while %s is frozen', (server) => {
  it('the lag grows from the last answer on, also without the lease, and is over with the first', async () => {
    expect(await lags(20)).toEqual(Array(20).fill(0));
    expect(relay.status().leading).toBe(true);
    isFrozen[server] = true;
    const seen = await lags(60);
    expect(seen[2]).toBeGreaterThan(2_000);
    expect(isGrowing(seen.slice(2))).toBe(true);
    expect(seen.at(-1)).toBeGreaterThan(58_000);
    isFrozen[server] = false;
    expect((await lags(4)).at(-1)).toBe(0);
    expect(await lags(10)).toEqual(Array(10).fill(0));
  });
});

it('changes that are read and not appended are lag, although the lease is kept', async () => {
  await lags(2);
  isFrozen.appending = true;
  upTo = timeText(20, 1);
  changes = [{ time: upTo, events: [{ id: 'e1', tenantId: 't1', body: '1' }] }];
  const seen = await lags(60);
  expect(isGrowing(seen.slice(3))).toBe(true);
  expect(seen.at(-1)).toBeGreaterThan(57_000);
  expect(relay.status().leading).toBe(true);
});

it('a relay that stands by has no lag while another leads, and does not know while nobody says so', async () => {
  leads = 'another';
  await clock.advance(15_000);
  expect(relay.status()).toMatchObject({ leading: false, lagMs: 0 });
  expect(await lags(20)).toEqual(Array(20).fill(0));
  isFrozen.redis = true;
  const seen = await lags(60);
  expect(isGrowing(seen.slice(2))).toBe(true);
  expect(seen.at(-1)).toBeGreaterThan(58_000);
});

describe('stopping', () => {
  const hasStopped = async (withinMs: number) => {
    let stopped = false;
    const stopping = relay.stop().then(() => {
      stopped = true;
    });
    await clock.advance(withinMs);
    const inTime = stopped;
    await clock.advance(3 * givenUpMs);
    await stopping;
    return inTime;
  };

  it('does not wait where everything answers', async () => {
    await lags(3);
    expect(await hasStopped(0)).toBe(true);
    expect(isClosed).toBe(true);
  });

  it.each([
    ['gives its lease up', 0],
    ['renews its lease', leaseRenewMs],
    ['waits for its lease to end', leaseTtlMs + leaseRenewMs],
    ['asks for the lease', 62_000],
  ])('takes no longer than its bound when Redis is frozen while it %s', async (_name, frozenMs) => {
    await lags(3);
    changes = [{ time: timeText(9, 1), events: [{ id: 'e1', tenantId: 't1', body: '1' }] }];
    isFrozen.redis = true;
    await clock.advance(frozenMs);
    expect(await hasStopped(stopMs)).toBe(true);
    expect(isClosed).toBe(true);
    expect(clock.timerCount).toBe(0);
  });
});
