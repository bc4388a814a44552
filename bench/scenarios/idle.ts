// One order after the other on an idle platform, at the gateway: from the request to 201, durable writes and decision included.
import { atMost, type Measurement } from '../measure/measurement.ts';
import { buyersOf } from '../platform/tenants.ts';
import { type Bench, loadPlatform, type Pace, type Scenario, type Segment, unexpected } from '../segment.ts';

async function run(bench: Bench, pace: Pace): Promise<Measurement> {
  const { tenants } = await bench.platform();
  const load = { inFlight: 1, buyers: buyersOf(tenants.all), lines: 1, copies: 1, until: { orders: pace.idleOrders } };
  const { result, cpuUs } = await loadPlatform(bench, load);
  const count = result.confirmedIds.length;
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

export const oneByOne: Segment = { name: 'idle', what: 'platform, 1 line, one order at a time', run };

export const idle: Scenario = {
  name: 'idle',
  title: 'A single order on an idle platform',
  segments: [oneByOne],
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
};
