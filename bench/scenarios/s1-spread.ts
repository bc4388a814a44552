// S1: orders of two lines, spread over all variants of all tenants; 256 and 64 in flight.

import { floorBatched, floorPairs } from '../baselines/floors.ts';
import { lockPerOrder64, lockPerOrder256 } from '../baselines/lock-per-order.ts';
import { atLeast, atMost, cpuOf, type Measurement, type Rounds, rate } from '../measure/measurement.ts';
import { spreadOf } from '../measure/quantile.ts';
import { buyersOf } from '../platform/tenants.ts';
import { type Bench, loadPlatform, type Pace, type Scenario, type Segment, unexpected } from '../segment.ts';

export const linesPerOrder = 2;

async function run(bench: Bench, pace: Pace, inFlight: number): Promise<Measurement> {
  const { tenants } = await bench.platform();
  const load = {
    inFlight,
    buyers: buyersOf(tenants.all),
    lines: linesPerOrder,
    copies: 1,
    until: { seconds: pace.seconds },
  };
  const { result, cpuUs } = await loadPlatform(bench, load);
  return {
    counted: 'orders',
    count: result.confirmed,
    seconds: result.seconds,
    perSecond: result.confirmedInTime / result.seconds,
    latencyMs: result.latencyMs,
    cpuUs: cpuUs(result.confirmed),
    broken: unexpected(result, [201]),
  };
}

export const spread256: Segment = {
  name: 'S1-256',
  what: 'platform, 2 lines over all variants, 256 in flight',
  run: (bench, pace) => run(bench, pace, 256),
};
export const spread64: Segment = {
  name: 'S1-64',
  what: 'platform, 2 lines over all variants, 64 in flight',
  run: (bench, pace) => run(bench, pace, 64),
};

/** How many times the rate of lock-per-order (B1), taken at the concurrency that suits it better. */
function timesB1(rounds: Rounds) {
  const [narrow, wide] = [rounds.of(lockPerOrder64.name), rounds.of(lockPerOrder256.name)];
  return spreadOf(
    rounds.of(spread256.name).map((one, round) => rate(one) / Math.max(rate(narrow[round]!), rate(wide[round]!))),
  );
}

export const s1: Scenario = {
  name: 's1',
  title: 'Spread orders',
  segments: [spread256, floorPairs, lockPerOrder256, spread64, lockPerOrder64, floorBatched],
  goals: (rounds) => [
    atLeast('confirmed orders/s at 256 / B1 at its better of 64 and 256', 3, timesB1(rounds)),
    atMost(
      'CPU per order of everything at 256 / F1',
      1,
      rounds.ratio([spread256.name, cpuOf], [floorPairs.name, cpuOf]),
    ),
  ],
};
