// S2b: buyers of a variant that is sold out; how fast they are told.
import { atLeast, type Measurement, rate } from '../measure/measurement.ts';
import { buyersOf } from '../platform/tenants.ts';
import { type Bench, loadPlatform, type Pace, type Scenario, type Segment, unexpected } from '../segment.ts';
import { flashSale, lastSoldOut } from './s2-flash-sale.ts';

async function run(bench: Bench, pace: Pace): Promise<Measurement> {
  const platform = await bench.platform();
  const variant = lastSoldOut(platform);
  if (variant === undefined) throw new Error('the flash sale comes first');
  const buyers = buyersOf([platform.tenants.all[0]!], [variant]);
  const load = { inFlight: 256, buyers, lines: 1, copies: 1, until: { seconds: pace.seconds } };
  const { result, cpuUs } = await loadPlatform(bench, load);
  return {
    counted: 'refusals',
    count: result.sent,
    seconds: result.seconds,
    perSecond: result.refusedInTime / result.seconds,
    latencyMs: result.latencyMs,
    cpuUs: cpuUs(result.sent),
    broken: unexpected(result, [409]),
  };
}

export const refusals: Segment = { name: 'S2b', what: 'platform, a variant that is sold out, 256 in flight', run };

export const s2b: Scenario = {
  name: 's2b',
  title: 'Sold out',
  segments: [flashSale, refusals],
  goals: (rounds) => [
    atLeast('refusals/s / confirmed orders/s of S2', 3, rounds.ratio([refusals.name, rate], [flashSale.name, rate])),
  ],
};
