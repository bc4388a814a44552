// What a chaos run has to say, as numbers and as a table for people.
import { type Attempt, type CheckReport, describeViolation, invariants } from '@holdfast/checker';
import { killsPerMinuteMin, recoveryMax, recoveryMedianMax, settleMs, unknownInCalmMax } from './limits.ts';
import type { Kill, Rampage } from './nemesis-acts.ts';

/** Milliseconds from a kill to the first order that was placed after it and decided. */
export type Recovered = {
  names: readonly string[];
  /** Of anybody. */
  anyMs: number;
  /** Of the tenant that waited longest. */
  everyTenantMs: number;
};

export type ChaosReport = {
  seed: number;
  minutes: number;
  rampage: Rampage;
  history: readonly Attempt[];
  connections: number;
  heard: number;
  /** Of each kill that nothing else followed before it was over. */
  recovered: readonly Recovered[];
  check: CheckReport;
  /** What is wrong beside the invariants: a process that did not come back, a socket that stayed deaf. */
  flaws: readonly string[];
};

/** Keys that were sent before this time: what is answered to one of them may have been decided long ago. */
export function keysBefore(history: readonly Attempt[], at: number): Set<string> {
  return new Set(history.filter(({ sentAt }) => sentAt < at).map(({ key }) => key));
}

/** How long it took after each measured kill; one after which nobody was served is as long as the rest of the run. */
export function measureRecovery(kills: readonly Kill[], history: readonly Attempt[]): Recovered[] {
  const decided = history.filter(({ operation, decision }) => operation === 'place' && decision !== undefined);
  const tenants = [...new Set(history.map(({ tenantId }) => tenantId))];
  const endMs = decided.reduce((most, attempt) => Math.max(most, attempt.answeredAt), 0);
  const firstAfter = (attempts: readonly Attempt[], at: number) => {
    const first = (least: number, one: Attempt) => (one.sentAt >= at ? Math.min(least, one.answeredAt - at) : least);
    return attempts.reduce(first, endMs - at);
  };
  return kills
    .filter((kill) => kill.isAlone)
    .map(({ at, names }) => {
      const older = keysBefore(history, at);
      const fresh = decided.filter(({ key }) => !older.has(key));
      const byTenant = Map.groupBy(fresh, (attempt) => attempt.tenantId);
      const each = tenants.map((tenantId) => firstAfter(byTenant.get(tenantId) ?? [], at));
      return { names, anyMs: Math.min(...each), everyTenantMs: Math.max(...each) };
    });
}

/** Median and maximum. */
export function spread(values: readonly number[]): { p50: number; max: number } {
  if (values.length === 0) return { p50: 0, max: 0 };
  const sorted = values.toSorted((a, b) => a - b);
  return { p50: sorted[Math.floor((sorted.length - 1) / 2)]!, max: sorted.at(-1)! };
}

/** True when nothing at all is wrong. */
export function isSound({ check, flaws }: ChaosReport): boolean {
  return check.total === 0 && flaws.length === 0;
}

/** What a run did not reach, one line each: it is sound, and not good enough. */
export function missedGoals({ minutes, rampage, recovered, history }: ChaosReport): string[] {
  const missed: string[] = [];
  const killed = rampage.kills.flatMap(({ names }) => names).length;
  const least = Math.floor(minutes * killsPerMinuteMin);
  if (killed < least) missed.push(`${killed} kills, not ${least}`);
  const { p50 } = spread(recovered.map((one) => one.anyMs));
  if (p50 > recoveryMedianMax) missed.push(`recovery p50 ${p50} ms, not ${recoveryMedianMax}`);
  const { max } = spread(recovered.map((one) => one.everyTenantMs));
  if (max > recoveryMax) missed.push(`recovery of every tenant max ${max} ms, not ${recoveryMax}`);
  const calm = unknownInCalm(rampage, history);
  if (calm.attempts === 0 || calm.unknown > calm.attempts * unknownInCalmMax) {
    missed.push(`${calm.unknown} of ${calm.attempts} attempts without an answer after the faults`);
  }
  return missed;
}

/** Attempts once the faults were over and everybody had a moment to notice. */
function unknownInCalm({ endedAt }: Rampage, history: readonly Attempt[]): { attempts: number; unknown: number } {
  const calm = history.filter(({ sentAt }) => sentAt >= endedAt + settleMs);
  return { attempts: calm.length, unknown: calm.filter(({ result }) => result === 'unknown').length };
}

/** The table, and when something is wrong what it is, with everything that it takes to run it again. */
export function printReport(report: ChaosReport, print: (line: string) => void): void {
  for (const [name, value] of rowsOf(report)) print(`  ${name.padEnd(44)} ${value}`);
  for (const missed of missedGoals(report)) print(`  MISSED ${missed}`);
  if (isSound(report)) {
    print('  nothing lost, nothing twice, nothing oversold');
    return;
  }
  for (const flaw of report.flaws) print(`  FLAW ${flaw}`);
  for (const violation of report.check.violations.slice(0, 40)) print(`  VIOLATION ${describeViolation(violation)}`);
  print(`  again: npm run chaos -- --minutes ${report.minutes} --seed ${report.seed}`);
  for (const { atMs, what } of report.rampage.schedule) print(`  ${(atMs / 1_000).toFixed(1).padStart(7)} s ${what}`);
}

function rowsOf({ rampage, history, connections, heard, recovered, check }: ChaosReport): [string, string | number][] {
  const { seen, counts } = check;
  const killed = rampage.kills.flatMap(({ names }) => names);
  const results = Map.groupBy(history, (attempt) => attempt.result);
  const count = (result: Attempt['result']) => results.get(result)?.length ?? 0;
  const refusals = Map.groupBy(results.get('failed') ?? [], ({ code, status }) => code ?? String(status));
  const slowest = recovered.toSorted((a, b) => b.everyTenantMs - a.everyTenantMs)[0];
  const calm = unknownInCalm(rampage, history);
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;
  const times = (all: readonly number[]) =>
    `${seconds(spread(all).p50)}, ${seconds(spread(all).max)} (${all.length} kills)`;
  return [
    ['acts of the nemesis', rampage.schedule.length],
    ['kills (processes)', killed.length],
    ['attempts: ok / failed / unknown', `${count('ok')} / ${count('failed')} / ${count('unknown')}`],
    ['  of these after the faults: all, unknown', `${calm.attempts}, ${calm.unknown}`],
    ['refused', [...refusals].map(([code, { length }]) => `${code} ${length}`).join(', ')],
    ['acknowledged (keys with a 2xx)', seen.history.acknowledged],
    ['lost', seen.history.lost],
    ['duplicated', seen.history.duplicated + counts.I6],
    ['oversold units', seen.stock.oversoldUnits],
    ['orders, movements, events looked at', `${seen.orders}, ${seen.stock.movements}, ${seen.log.events}`],
    ['socket messages, connections', `${heard}, ${connections}`],
    ['dead letters (all of them forged)', seen.deadLetters],
    ['longest event delay', seconds(seen.log.longestDelayMs)],
    ['first success after a kill: p50, max', times(recovered.map((one) => one.anyMs))],
    ['  of every tenant: p50, max', times(recovered.map((one) => one.everyTenantMs))],
    ['  slowest', slowest ? `${slowest.names.join(' and ')}, ${seconds(slowest.everyTenantMs)}` : '-'],
    ['violations', invariants.map((invariant) => `${invariant} ${counts[invariant]}`).join('  ')],
  ];
}
