// S3: orders of five lines over 20 hot variants until stock runs out: all lines or none,
// and nothing stays reserved by halves.
import { atLeast, type Measurement, rate } from '../measure/measurement.ts';
import { buyersOf } from '../platform/tenants.ts';
import { type Bench, loadPlatform, type Pace, type Scenario, type Segment, unexpected } from '../segment.ts';
import { linesPerOrder, spread256 } from './s1-spread.ts';

const hotVariants = 20;
const lines = 5;
/** Stock is this share of what all orders together ask for: the last orders meet variants of which some are gone. */
const stockShare = 0.9;

async function run(bench: Bench, pace: Pace): Promise<Measurement> {
  const platform = await bench.platform();
  const { tenants } = platform;
  const tenant = tenants.all.at(-1)!;
  const stock = Math.floor((pace.bundleOrders * lines * stockShare) / hotVariants);
  const variants = await tenants.addProduct(tenant, hotVariants, stock);
  await platform.untilArrived(hotVariants);
  await platform.untilQuiet();
  const buyers = buyersOf([tenant], variants);
  const load = { inFlight: 256, buyers, lines, copies: 1, until: { orders: pace.bundleOrders } };
  const { result, cpuUs } = await loadPlatform(bench, load);
  // Until the first refusal: afterwards most orders meet a variant that is gone.
  const { at, confirmed } = result.firstRefused ?? { at: result.seconds, confirmed: result.confirmed };
  return {
    counted: 'orders',
    count: result.confirmed,
    seconds: at,
    perSecond: confirmed / at,
    latencyMs: result.latencyMs,
    cpuUs: cpuUs(result.sent),
    figures: { 'lines/s': (confirmed * lines) / at, sent: result.sent, refused: result.statuses[409] ?? 0 },
    broken: [
      ...unexpected(result, [201, 409]),
      ...(result.statuses[409] ? [] : ['stock did not run out: nothing was proven']),
    ],
  };
}

export const bundles: Segment = { name: 'S3', what: 'platform, 5 lines over 20 hot variants, 256 in flight', run };

export const s3: Scenario = {
  name: 's3',
  title: 'Bundles of hot variants',
  segments: [bundles, spread256],
  goals: (rounds) => [
    atLeast(
      'confirmed lines/s / S1 at 256',
      0.5,
      rounds.ratio(
        [bundles.name, (one) => one.figures!['lines/s']!],
        [spread256.name, (one) => rate(one) * linesPerOrder],
      ),
    ),
  ],
};
