// B1, lock-per-order, as segments: spread over as many variants as the platform has, and on one hot variant.
import type { Buyer, LoadResult } from '../load/load.ts';
import { cpuPer, readCpu } from '../measure/cpu.ts';
import type { Measurement } from '../measure/measurement.ts';
import { type Bench, type Pace, type Segment, unexpected } from '../segment.ts';
import type { Worker } from '../worker.ts';

const script = 'baselines/lock-per-order.process.ts';
const hotVariant = 'hot';

let url = '';
const buyers: Buyer[] = [];
let hotBuyers: Buyer[] = [];

function prepare({ mongoUri, redisUrl, pace }: { mongoUri: string; redisUrl: string; pace: Pace }) {
  return async (worker: Worker) => {
    const { tenants, variantsPerTenant, stock: available } = pace.dataSet;
    url = (await worker.ask<{ url: string }>('open', { mongoUri, redisUrl })).url;
    for (let tenant = 0; tenant < tenants; tenant++) {
      const tenantId = `t${tenant}`;
      const variants = Array.from({ length: variantsPerTenant }, (_, n) => `${tenantId}-v${n}`);
      await worker.ask('addStock', { tenantId, variantIds: variants, available });
      buyers.push({ headers: { 'x-tenant-id': tenantId }, variants });
    }
    await worker.ask('addStock', { tenantId: 't0', variantIds: [hotVariant], available });
    hotBuyers = [{ headers: { 'x-tenant-id': 't0' }, variants: [hotVariant] }];
  };
}

async function run(bench: Bench, pace: Pace, load: { inFlight: number; hot: boolean }): Promise<Measurement> {
  const servers = await bench.baselineServers();
  const worker = await bench.worker(script, prepare({ ...servers, pace }));
  const processes = { ...servers.processes, express: worker.pid };
  const before = readCpu(processes);
  const result = await bench.generator.ask<LoadResult>('run', {
    url,
    path: '/orders',
    inFlight: load.inFlight,
    copies: 1,
    until: { seconds: pace.seconds },
    ...(load.hot ? { buyers: hotBuyers, lines: 1 } : { buyers, lines: 2 }),
  });
  const after = readCpu(processes);
  const count = result.confirmed;
  const broken = [...unexpected(result, [201, 503]), ...(await worker.ask<string[]>('check'))];
  return {
    counted: 'orders',
    count,
    seconds: result.seconds,
    perSecond: result.confirmedInTime / result.seconds,
    latencyMs: result.latencyMs,
    cpuUs: cpuPer(count, before, after),
    // Given up after many conflicts or a long wait for a lock: allowed, and told.
    figures: { 'failed requests': result.statuses[503] ?? 0 },
    broken,
  };
}

const segment = (name: string, what: string, load: { inFlight: number; hot: boolean }): Segment => ({
  name,
  what,
  baseline: true,
  run: (bench, pace) => run(bench, pace, load),
});

export const lockPerOrder256 = segment('B1-256', 'lock-per-order: Express + mongoose, 2 lines, 256 in flight', {
  inFlight: 256,
  hot: false,
});
export const lockPerOrder64 = segment('B1-64', 'lock-per-order: Express + mongoose, 2 lines, 64 in flight', {
  inFlight: 64,
  hot: false,
});
export const lockPerOrderHot = segment('B1-hot', 'lock-per-order: Express + mongoose, 1 hot variant, 256 in flight', {
  inFlight: 256,
  hot: true,
});
