// The nemesis: the same seed, the same acts; every kind of them soon; nobody who is busy.
import type { Attempt } from '@holdfast/checker';
import { expect, it } from 'vitest';
import { createChance } from './chance.ts';
import { type Act, createNemesis, describeAct } from './nemesis.ts';
import { type ChaosReport, measureRecovery, missedGoals } from './report.ts';

const services = ['auth', 'auth-2', 'inventory', 'inventory-2', 'orders', 'orders-2'];
const nobody: ReadonlySet<string> = new Set();

function acts(seed: number, count: number, busy = nobody): Act[] {
  const nemesis = createNemesis({ chance: createChance(seed), services, pauseMaxMs: 20_000 });
  return Array.from({ length: count }, () => nemesis.next(busy));
}

it('acts the same for the same seed', () => {
  expect(acts(5, 60).map(describeAct)).toEqual(acts(5, 60).map(describeAct));
  expect(acts(5, 60).map(describeAct)).not.toEqual(acts(6, 60).map(describeAct));
});

it('has done everything that it can do after one deck', () => {
  const done = new Set(acts(1, 29).map((act) => ('how' in act ? `${act.kind} ${act.how}` : act.kind)));
  const redis = ['with-file', 'empty', 'flushed', 'cut-tail'].map((how) => `redis ${how}`);
  const network = ['cut', 'refuse', 'slow', 'stall'].map((how) => `network ${how}`);
  const entries = ['poison', 'forged', 'above', 'copy'].map((how) => `entry ${how}`);
  expect([...done].sort()).toEqual(['kill', 'pause', ...redis, ...network, ...entries].sort());
});

it('leaves who sleeps alone, and pauses nobody else meanwhile', () => {
  const busy = new Set(['orders', 'orders-2']);
  for (const act of acts(3, 200, busy)) {
    const hit = act.kind === 'kill' ? act.targets : act.kind === 'pause' ? [act.target] : [];
    expect(hit.filter((name) => busy.has(name))).toEqual([]);
    if (act.kind === 'pause') expect(services).not.toContain(act.target);
  }
});

it('measures recovery by orders that were placed after the kill, for the tenant that waits longest', () => {
  const order = (tenantId: string, key: string, sentAt: number, answeredAt: number) => {
    const asked = { operation: 'place' as const, tenantId, callerId: 'usr', key, sentAt, answeredAt };
    return { ...asked, result: 'ok' as const, decision: 'CONFIRMED' as const };
  };
  const history = [
    order('a', 'old', 900, 950),
    order('a', 'old', 1_010, 1_020),
    order('a', 'new', 1_100, 1_400),
    order('b', 'late', 1_100, 3_000),
  ];
  const kills = [
    { at: 1_000, names: ['orders'], isAlone: true },
    { at: 1_000, names: ['auth'], isAlone: false },
  ];
  expect(measureRecovery(kills, history)).toEqual([{ names: ['orders'], anyMs: 400, everyTenantMs: 2_000 }]);
});

it('misses its goals by too few kills, slow recovery, or unknown answers after the faults', () => {
  const attempt = (sentAt: number, result: 'ok' | 'unknown'): Attempt => {
    const asked = { operation: 'place' as const, tenantId: 'a', callerId: 'usr', key: String(sentAt) };
    return { ...asked, sentAt, answeredAt: sentAt + 10, result };
  };
  const kill = { at: 0, names: ['orders', 'orders-2', 'auth'], isAlone: true };
  const run = (over: Partial<ChaosReport>): ChaosReport =>
    ({
      minutes: 1,
      rampage: { schedule: [], kills: [kill, kill], flaws: [], endedAt: 10_000 },
      recovered: [{ names: ['orders'], anyMs: 1_900, everyTenantMs: 9_000 }],
      history: [attempt(5_000, 'unknown'), attempt(14_000, 'ok')],
      ...over,
    }) as ChaosReport;
  expect(missedGoals(run({}))).toEqual([]);
  expect(missedGoals(run({ minutes: 2 }))).toEqual(['6 kills, not 12']);
  expect(missedGoals(run({ recovered: [{ names: [], anyMs: 2_500, everyTenantMs: 11_000 }] }))).toHaveLength(2);
  expect(missedGoals(run({ history: [attempt(14_000, 'unknown')] }))).toEqual([
    '1 of 1 attempts without an answer after the faults',
  ]);
});
