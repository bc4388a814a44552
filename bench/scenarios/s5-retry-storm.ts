// S5: every request is sent three times at once with one Idempotency-Key: one order each,
// at little more than the price of one.
import { atMost, cpuOf, type Measurement } from '../measure/measurement.ts';
import { buyersOf } from '../platform/tenants.ts';
import { type Bench, loadPlatform, type Pace, type Scenario, type Segment, undecided, unexpected } from '../segment.ts';
import { linesPerOrder, spread256 } from './s1-spread.ts';

const copies = 3;

async function run(bench: Bench, pace: Pace): Promise<Measurement> {
  const { tenants } = await bench.platform();
  const buyers = buyersOf(tenants.all);
  const load = { inFlight: 256, buyers, lines: linesPerOrder, copies, until: { seconds: pace.seconds } };
  const { result, cpuUs } = await loadPlatform(bench, load);
  const count = result.confirmed;
  return {
    counted: 'orders',
    count,
    seconds: result.seconds,
    perSecond: result.confirmedInTime / result.seconds,
    latencyMs: result.latencyMs,
    cpuUs: cpuUs(count),
    figures: { requests: result.sent * copies },
    broken: [
      ...unexpected(result, [201]),
      ...(count <= result.sent && count + undecided(result) >= result.sent
        ? []
        : [`${result.sent} keys made ${count} orders`]),
    ],
  };
}

export const retryStorm: Segment = { name: 'S5', what: 'platform, S1 with every request three times at once', run };

export const s5: Scenario = {
  name: 's5',
  title: 'Retry storm',
  segments: [retryStorm, spread256],
  goals: (rounds) => [
    atMost('CPU per order / S1 at 256', 1.5, rounds.ratio([retryStorm.name, cpuOf], [spread256.name, cpuOf])),
  ],
};
