// The floors as segments: F1 (one by one), F2 (in batches), F3 (one hot document).
// The client's process is counted with MongoDB's.
import { cpuPer, readCpu } from '../measure/cpu.ts';
import type { Measurement } from '../measure/measurement.ts';
import type { Latency } from '../measure/quantile.ts';
import type { Bench, Pace, Segment } from '../segment.ts';

export type FloorSpec = { kind: 'F1' | 'F2' | 'F3'; seconds: number };
export type FloorRun = { count: number; seconds: number; latencyMs: Latency | undefined };

async function run(bench: Bench, pace: Pace, kind: FloorSpec['kind']): Promise<Measurement> {
  const { mongoUri, processes: servers } = await bench.baselineServers();
  const variants = pace.dataSet.tenants * pace.dataSet.variantsPerTenant;
  const worker = await bench.worker('baselines/floor-writes.process.ts', (started) =>
    started.ask('prepare', { mongoUri, variants }),
  );
  const processes = { mongod: servers.mongod!, client: worker.pid };
  const before = readCpu(processes);
  const { count, seconds, latencyMs } = await worker.ask<FloorRun>('run', { kind, seconds: pace.seconds });
  const cpuUs = cpuPer(count, before, readCpu(processes));
  return { counted: 'pairs of writes', count, seconds, perSecond: count / seconds, latencyMs, cpuUs, broken: [] };
}

const segment = (name: FloorSpec['kind'], what: string): Segment => ({
  name,
  what,
  baseline: true,
  run: (bench, pace) => run(bench, pace, name),
});

export const floorPairs = segment('F1', 'raw driver, conditional updateOne + insertOne, spread, 64 in flight');
export const floorBatched = segment('F2', 'raw driver, bulkWrite(64) + insertMany(64), 4 in flight');
export const floorHot = segment('F3', 'raw driver, F1 on one document');
