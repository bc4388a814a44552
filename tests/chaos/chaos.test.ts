// The platform, two of everything, under load: SIGKILL of each kind of process loses nothing, and neither do 90 seconds
// of everything else that a nemesis can think of. `SEED=n` chooses another run.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Attempt } from '@holdfast/checker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findSilent } from './answers.ts';
import { createChance } from './chance.ts';
import { findDeaf } from './hearing.ts';
import { servedMaxMs } from './limits.ts';
import type { Kill } from './nemesis-acts.ts';
import { type ChaosReport, isSound, measureRecovery, printReport, spread } from './report.ts';
import { breakThings, concludeAfter } from './run-chaos.ts';
import { openSession, type Session } from './session.ts';

const dataDir = join(import.meta.dirname, '../../.data/chaos', String(process.pid));
const seed = Number(process.env.SEED ?? 4);
const minutes = 1.5;
const log = (line: string) => console.log(`chaos: ${line}`);
let session: Session;
let report: ChaosReport | undefined;

beforeAll(async () => {
  session = await openSession({ seed, replicas: 2, dataDir, log: () => undefined });
});
afterAll(async () => {
  await session?.close(report === undefined || !isSound(report));
});

const victims = ['auth', 'catalog', 'inventory', 'orders', 'realtime', 'gateway'];
const servers = ['redis-cache', 'redis-streams', 'mongod'] as const;
const targetOf = (name: string) =>
  session.rig.services.get(name) ?? session.rig.servers[name as (typeof servers)[number]];

it('runs two of every service', () => {
  expect([...session.rig.services.keys()].sort()).toEqual(victims.flatMap((name) => [name, `${name}-2`]).sort());
});

it.each([...victims, ...servers])(
  'SIGKILL of %s: every tenant is served again, and every socket hears',
  async (name) => {
    const kill: Kill = { at: Date.now(), names: [name], isAlone: true };
    await targetOf(name).kill();
    await targetOf(name).untilReady();
    await session.untilServed(kill.at, AbortSignal.timeout(servedMaxMs));
    const [recovered] = measureRecovery([kill], session.client.history);
    expect(recovered!.everyTenantMs).toBeLessThan(servedMaxMs);
    expect(await findDeaf(session.shops, session.listeners, session.client, `after-${name}`)).toEqual([]);
  },
);

it('MongoDB refused and cut off again and again: afterwards every process answers reads and orders', async () => {
  const { proxy } = session.rig.servers.mongod;
  for (const forMs of [3_000, 0, 5_000]) {
    if (forMs === 0) proxy.cut(1, createChance(seed));
    else proxy.refuse();
    await delay(forMs);
    proxy.heal();
    expect(await findSilent(session.rig, session.shops[0]!)).toEqual([]);
  }
});

it('a rolling restart of all services loses nothing and answers no 5xx', async () => {
  const { history } = session.client;
  const startedAt = Date.now();
  // One replica of three services at a time.
  for (const replica of ['', '-2']) {
    for (const services of [victims.slice(0, 3), victims.slice(3)]) {
      await Promise.all(services.map((name) => session.rig.services.get(`${name}${replica}`)!.restart()));
    }
  }
  const during = history.filter(({ sentAt }) => sentAt >= startedAt);
  expect(during.length).toBeGreaterThan(100);
  // No answer at all is what a gateway that is down gives; whoever asks the other one gets an answer.
  expect(during.filter(({ status = 0 }) => status >= 500)).toEqual([]);
  expect(await findSilent(session.rig, session.shops[0]!)).toEqual([]);
});

it('200 adjustments a second on the variant of a flash sale hold up neither each other nor the orders', async () => {
  const { owner, customers, hot } = session.shops[0]!;
  const asked: Promise<Attempt>[] = [];
  for (let n = 0; n < 60; n += 1) {
    for (let m = 0; m < 10; m += 1) {
      asked.push(session.client.adjust(owner, `flash-${n}-${m}`, hot, m % 2 === 0 ? 3 : -3));
    }
    asked.push(session.client.place(customers[0]!, `flash-order-${n}`, [{ variantId: hot, quantity: 1 }]));
    await delay(50);
  }
  const answers = await Promise.all(asked);
  for (const operation of ['place', 'adjust']) {
    const took = answers.filter((one) => one.operation === operation).map((one) => one.answeredAt - one.sentAt);
    const { p50, max } = spread(took);
    log(`flash sale, ${operation}: p50 ${p50} ms, max ${max} ms`);
  }
  expect(answers.filter(({ result }) => result !== 'ok')).toEqual([]);
  expect(answers.filter(({ operation, decision }) => operation === 'place' && decision !== 'CONFIRMED')).toEqual([]);
});

it('90 seconds of kills, pauses, lost Redis, broken networks and forged entries break no invariant', async () => {
  const signal = AbortSignal.timeout(2 * minutes * 60_000);
  const done = await breakThings(session, { seed, minutes, signal, log });
  report = await concludeAfter(session, done, { seed, minutes });
  printReport(report, log);
  expect(report.flaws).toEqual([]);
  expect(report.check.violations).toEqual([]);
  expect(done.kills.length).toBeGreaterThan(5);
  expect(report.check.seen.history.acknowledged).toBeGreaterThan(200);
});
