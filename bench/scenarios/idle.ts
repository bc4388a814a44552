// What the platform uses while nobody asks for anything; then one order after the other, at the gateway: from the
// request to 201, durable writes and decision included.
import { setTimeout as pause } from 'node:timers/promises';
import { cpuPer, readCpu } from '../measure/cpu.ts';
import { atMost, cpuOf, type Measurement } from '../measure/measurement.ts';
import { buyersOf } from '../platform/tenants.ts';
import { type Bench, loadPlatform, type Pace, type Scenario, type Segment, unexpected } from '../segment.ts';

async function run(bench: Bench, pace: Pace): Promise<Measurement> {
  const { tenants } = await bench.platform();
  const load = { inFlight: 1, buyers: buyersOf(tenants.all), lines: 1, copies: 1, until: { orders: pace.idleOrders } };
  const { result, cpuUs } = await loadPlatform(bench, load);
  const count = result.confirmed;
  return {
    counted: 'orders',
    count,
    seconds: result.seconds,
    perSecond: count / result.seconds,
    latencyMs: result.latencyMs,
    cpuUs: cpuUs(count),
    broken: unexpected(result, [201]),
  };
}

async function watch(bench: Bench, pace: Pace): Promise<Measurement> {
  const { processes } = await bench.platform();
  const before = readCpu(processes);
  const startedAt = performance.now();
  await pause(pace.seconds * 1_000);
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpuUs = cpuPer(seconds, before, readCpu(processes));
  return { counted: 'seconds', count: seconds, seconds, perSecond: 1, cpuUs, broken: [] };
}

/** CPU is per second here, not per order. */
export const atRest: Segment = { name: 'rest', what: 'platform, nothing asked of it; CPU per second', run: watch };

export const oneByOne: Segment = { name: 'idle', what: 'platform, 1 line, one order at a time', run };

export const idle: Scenario = {
  name: 'idle',
  title: 'A single order on an idle platform',
  segments: [atRest, oneByOne],
  goals: (rounds) => [
    atMost(
      'p50',
      20,
      rounds.spread(oneByOne.name, (one) => one.latencyMs!.p50),
      'ms',
    ),
    atMost(
      'p99',
      60,
      rounds.spread(oneByOne.name, (one) => one.latencyMs!.p99),
      'ms',
    ),
  ],
  notes: (rounds) => [{ text: 'CPU of everything at rest', measured: rounds.spread(atRest.name, cpuOf), unit: 'us/s' }],
};
