// F4 and F5: a constant answer, asked for directly, and through a gateway of its own whose orders service is that
// constant.
import { freePort } from '@holdfast/devstack';
import { until } from '@holdfast/shared/testing';
import { workerStartMs } from '../limits.ts';
import type { LoadResult } from '../load/load.ts';
import { cpuPer, readCpu } from '../measure/cpu.ts';
import type { Measurement } from '../measure/measurement.ts';
import type { BenchPlatform } from '../platform/platform.ts';
import { buyersOf } from '../platform/tenants.ts';
import { type Bench, type Pace, type Segment, unexpected } from '../segment.ts';
import { type Service, startService } from '../service.ts';
import type { Worker } from '../worker.ts';

const inFlight = 64;

let constantUrl = '';
const gateways = new WeakMap<BenchPlatform, Promise<Service & { url: string }>>();

const constant = (bench: Bench): Promise<Worker> =>
  bench.worker('baselines/constant.process.ts', async (worker) => {
    constantUrl = await worker.ask<string>('listen');
  });

/** The platform's gateway as it is, but with the constant behind it; tokens come from the platform's auth. */
async function startGateway(bench: Bench): Promise<Service & { url: string }> {
  const { platform, root } = await bench.platform();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const addressOf = (name: string) => platform.processes.get(name)!.url;
  const service = await startService(root, 'gateway', {
    ...platform.secrets,
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_LEVEL: 'warn',
    RATE_LIMITS: 'off',
    AUTH_URL: addressOf('auth'),
    ORDERS_URL: constantUrl,
    PUBLIC_URL: url,
    CATALOG_URL: constantUrl,
    INVENTORY_URL: constantUrl,
    REALTIME_URL: constantUrl,
    REDIS_CACHE_URL: addressOf('redis-cache'),
    REDIS_URL: addressOf('redis-streams'),
  });
  const isReady = async () => (await fetch(`${url}/health/ready`)).ok;
  await until(isReady, { what: 'the gateway in front of the constant is ready', timeoutMs: workerStartMs });
  bench.onClose(() => service.stop());
  return { ...service, url };
}

/** Started once for each platform. */
function gatewayOf(bench: Bench, platform: BenchPlatform): Promise<Service & { url: string }> {
  const gateway = gateways.get(platform) ?? startGateway(bench);
  gateways.set(platform, gateway);
  return gateway;
}

async function run(bench: Bench, pace: Pace, hop: boolean): Promise<Measurement> {
  const platform = await bench.platform();
  const server = await constant(bench);
  const through = hop ? await gatewayOf(bench, platform) : undefined;
  const processes = { fastify: server.pid, ...(through ? { gateway: through.pid } : {}) };
  const before = readCpu({ ...processes, generator: bench.generator.pid });
  const result = await bench.generator.ask<LoadResult>('run', {
    url: through?.url ?? constantUrl,
    path: '/v1/orders',
    inFlight,
    lines: 2,
    copies: 1,
    until: { seconds: pace.seconds },
    buyers: buyersOf(platform.tenants.all),
  });
  const after = readCpu({ ...processes, generator: bench.generator.pid });
  const { generator, ...cpuUs } = cpuPer(result.sent, before, after);
  return {
    counted: 'requests',
    count: result.sent,
    seconds: result.seconds,
    perSecond: result.confirmedInTime / result.seconds,
    latencyMs: result.latencyMs,
    cpuUs,
    figures: { 'generator, share of a core': (generator! * result.sent) / (result.seconds * 1e6) },
    broken: unexpected(result, [201]),
  };
}

export const direct: Segment = {
  name: 'F4',
  what: 'Fastify answering a constant, 64 in flight',
  baseline: true,
  run: (bench, pace) => run(bench, pace, false),
};
export const behindGateway: Segment = {
  name: 'F5',
  what: 'F4 behind the gateway, token cached, 64 in flight',
  run: (bench, pace) => run(bench, pace, true),
};
