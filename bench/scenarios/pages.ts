// Pages of the largest orders there are, 100 lines each, as many on a page as may be asked for.
// What one request can cost.
import { ordersApi } from '@holdfast/shared/contracts';
import { listsInFlight } from '../limits.ts';
import { cpuPer, readCpu } from '../measure/cpu.ts';
import { atMost, cpuOf, type Measurement } from '../measure/measurement.ts';
import { latencyOf } from '../measure/quantile.ts';
import { buyersOf } from '../platform/tenants.ts';
import { type Bench, loadPlatform, type Pace, type Scenario, type Segment, unexpected } from '../segment.ts';

const linesPerOrder = 100;
const itemsMax = 100;
const path = `/v1/orders?limit=${itemsMax}`;

async function run(bench: Bench, pace: Pace): Promise<Measurement> {
  const { tenants, processes } = await bench.platform();
  const tenant = tenants.all[0]!;
  const load = {
    inFlight: 8,
    buyers: buyersOf([tenant]),
    lines: linesPerOrder,
    copies: 1,
    until: { orders: itemsMax },
  };
  const { result } = await loadPlatform(bench, load);
  const latencies: number[] = [];
  let [items, bytes] = [0, 0];
  const before = readCpu(processes);
  const startedAt = performance.now();
  const read = async () => {
    while (performance.now() - startedAt < pace.seconds * 1_000) {
      const sentAt = performance.now();
      const page = await tenant.owner.call(ordersApi.listOrders, { query: { limit: itemsMax } });
      latencies.push(performance.now() - sentAt);
      items += page.data.length;
      bytes += Buffer.byteLength(JSON.stringify(page));
    }
  };
  await Promise.all(Array.from({ length: listsInFlight }, read));
  const seconds = (performance.now() - startedAt) / 1_000;
  const count = latencies.length;
  return {
    counted: 'pages',
    count,
    seconds,
    perSecond: count / seconds,
    latencyMs: latencyOf(latencies),
    cpuUs: cpuPer(count, before, readCpu(processes)),
    figures: { 'KiB of a page': bytes / count / 1024, 'orders on a page': items / count },
    broken: unexpected(result, [201]),
  };
}

export const largePages: Segment = {
  name: 'pages',
  what: `platform, ${path} of orders of ${linesPerOrder} lines, ${listsInFlight} in flight`,
  run,
};

export const pages: Scenario = {
  name: 'pages',
  title: 'The largest pages',
  segments: [largePages],
  goals: (rounds) => [
    atMost(
      'a page',
      1_100,
      rounds.spread(largePages.name, ({ figures }) => figures!['KiB of a page']!),
      'KiB',
    ),
  ],
  notes: (rounds) => [
    {
      text: 'CPU per order listed',
      measured: rounds.spread(largePages.name, (one) => cpuOf(one) / one.figures!['orders on a page']!),
      unit: 'us',
    },
  ],
};
