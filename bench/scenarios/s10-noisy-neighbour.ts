// S10: what other tenants feel of one that asks for far more than its share. Ten tenants order, eight requests each in
// flight, beside: nobody; one with ten times as many; ten more like themselves (the same load, shared fairly); and one
// with three thousand.
import type { AnsweredOrder } from '../load/load.ts';
import { atMost, type Measurement, p99, rate } from '../measure/measurement.ts';
import { latencyOf } from '../measure/quantile.ts';
import { buyersOf, type PlatformBuyer } from '../platform/tenants.ts';
import { type Bench, loadPlatform, type Pace, type Scenario, type Segment, unexpected } from '../segment.ts';
import { linesPerOrder } from './s1-spread.ts';

const others = 10;
const budget = 8;
const flood = 3_000;
/** What is sent before this is not counted: three thousand requests come in at once. */
const rampSeconds = 8;
/** Whatever the pace: beside a flood an order takes a second. */
const secondsMin = 6;

/** What is measured are the first ten; whoever is behind them is the load. */
async function run(bench: Bench, pace: Pace, neighbours: readonly number[]): Promise<Measurement> {
  const { tenants } = await bench.platform();
  const seconds = Math.max(pace.seconds, secondsMin);
  const inFlight = [...Array<number>(others).fill(budget), ...neighbours];
  const buyers = buyersOf(tenants.all.slice(0, inFlight.length)).map(
    (buyer, n): PlatformBuyer => ({ ...buyer, inFlight: inFlight[n]! }),
  );
  const total = inFlight.reduce((sum, own) => sum + own, 0);
  const load = {
    inFlight: total,
    buyers,
    lines: linesPerOrder,
    copies: 1,
    until: { seconds: rampSeconds + seconds },
  };
  const { result, cpuUs } = await loadPlatform(bench, load);
  const countedFrom = Math.min(...result.told.slice(0, total).map(({ sentAt }) => sentAt)) + rampSeconds * 1_000;
  const mine = result.told.filter(({ buyer, sentAt }) => buyer < others && sentAt >= countedFrom);
  const confirmed = mine.filter(({ status }) => status === 201).length;
  const refused = result.told.filter(({ status }) => status === 503);
  return {
    counted: 'orders of the ten',
    count: confirmed,
    seconds,
    perSecond: confirmed / seconds,
    latencyMs: latencyOf(mine.map(({ sentAt, answeredAt }) => answeredAt - sentAt)),
    cpuUs: cpuUs(result.confirmed),
    figures: {
      'orders/s of all': result.confirmedInTime / result.seconds,
      'refused with 503': refused.length,
      'of the ten not decided in time': mine.filter(({ status }) => status === 202).length,
    },
    broken: [...unexpected(result, [201, 503]), ...refusedOf(mine)],
  };
}

/** Nobody of the ten may be refused for what somebody else asks. */
function refusedOf(mine: readonly AnsweredOrder[]): string[] {
  const count = mine.filter(({ status }) => status === 503).length;
  return count === 0 ? [] : [`${count} orders of the ten were refused`];
}

const segment = (name: string, beside: string, neighbours: readonly number[]): Segment => ({
  name,
  what: `platform, ten tenants with ${budget} in flight each beside ${beside}`,
  run: (bench, pace) => run(bench, pace, neighbours),
});
export const alone = segment('S10-alone', 'nobody', []);
export const shared = segment('S10-shared', 'ten like themselves', Array<number>(10).fill(budget));
export const noisy = segment('S10-noisy', 'one with ten times as many', [10 * budget]);
export const flooded = segment('S10-flood', `one with ${flood.toLocaleString('en')}`, [flood]);

export const s10: Scenario = {
  name: 's10',
  title: 'A noisy neighbour',
  segments: [alone, shared, noisy, flooded],
  goals: (rounds) => [
    atMost(
      'p99 of the others beside one with ten times its budget / the same load shared fairly',
      1.2,
      rounds.ratio([noisy.name, p99], [shared.name, p99]),
    ),
  ],
  notes: (rounds) => [
    {
      text: 'p99 of the others beside a flood / alone',
      measured: rounds.ratio([flooded.name, p99], [alone.name, p99]),
      unit: 'x',
    },
    {
      text: 'orders/s of the others beside a flood / alone',
      measured: rounds.ratio([flooded.name, rate], [alone.name, rate]),
      unit: 'x',
    },
  ],
};
