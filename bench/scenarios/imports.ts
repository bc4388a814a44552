// A CSV file of variants through the gateway, until all of its rows are in force: how fast, and what memory it takes.
import { setTimeout as pause } from 'node:timers/promises';
import { importLookMs } from '../limits.ts';
import { cpuPer, readCpu, readMemory } from '../measure/cpu.ts';
import { atLeast, atMost, type Measurement, rate } from '../measure/measurement.ts';
import { type BenchPlatform, openPlatform } from '../platform/platform.ts';
import type { Bench, Pace, Scenario, Segment } from '../segment.ts';

const rowsPerSecondMin = 1_000;
const memoryMiBMax = 200;
/** One row in a hundred has a flaw: each is named. */
const flawEvery = 100;

/** A platform of its own, on which nothing else lies. */
type Opened = {
  platform: BenchPlatform /** Of the catalog before its first import, which no later one is at again. */;
  restMiB: number;
};
const opened = new WeakMap<Bench, Promise<Opened>>();

function openOnce(bench: Bench): Promise<Opened> {
  const known = opened.get(bench);
  if (known) return known;
  const opening = openAtRest(bench);
  bench.onClose(async () => (await opening).platform.close());
  opened.set(bench, opening);
  return opening;
}

async function openAtRest(bench: Bench): Promise<Opened> {
  const nothing = { tenants: 0, variantsPerTenant: 0, stock: 0 };
  const opening = { folder: 'imports', extraEnv: bench.servicesEnv };
  const platform = await openPlatform(nothing, bench.log, opening);
  return { platform, restMiB: readMemory(platform.processes).catalog! };
}

/** Four variants of each product, spread over the file. */
function fileOf(rows: number): string {
  const products = Math.ceil(rows / 4);
  const lines = Array.from({ length: rows }, (_, n) => {
    const price = n % flawEvery === 1 ? '1,99' : '19.99';
    return `SKU-${n},Product ${n % products},"${price}",4006381${String(n).padStart(6, '0')},${n % 50},shirts,S${n}`;
  });
  return `sku,name,price,barcode,initialStock,category,option.size\n${lines.join('\n')}\n`;
}

type Job = { id: string; status: string; rowsRead: number; rowsDone: number; rowsFailed: number };

async function run(bench: Bench, { importRows }: Pace): Promise<Measurement> {
  const { platform, restMiB } = await openOnce(bench);
  const { tenants, processes } = platform;
  const { owner } = await tenants.add();
  const body = fileOf(importRows);
  const headers = { 'content-type': 'text/csv' };
  const before = readCpu(processes);
  let most = restMiB;
  const startedAt = performance.now();
  const taken = await owner.request<Job>('POST', '/v1/imports?kind=products', { rawBody: body, headers });
  if (taken.status !== 202) throw new Error(`the file was not taken: ${taken.text}`);
  let job = taken.body;
  while (job.status !== 'done' && job.status !== 'failed') {
    await pause(importLookMs);
    most = Math.max(most, readMemory(processes).catalog!);
    job = (await owner.request<Job>('GET', `/v1/imports/${job.id}`)).body;
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const flaws = Math.ceil(importRows / flawEvery);
  const isRight = job.status === 'done' && job.rowsFailed === flaws && job.rowsDone === importRows - flaws;
  return {
    counted: 'rows',
    count: importRows,
    seconds,
    perSecond: importRows / seconds,
    cpuUs: cpuPer(importRows, before, readCpu(processes)),
    figures: { 'MiB of the catalog at rest': restMiB, 'MiB above it at most': most - restMiB },
    broken: isRight ? [] : [`the import ended as ${JSON.stringify(job)}`],
  };
}

const importing: Segment = { name: 'import', what: 'platform, one CSV file of new variants', run };

export const imports: Scenario = {
  name: 'import',
  title: 'Importing a CSV file',
  segments: [importing],
  goals: (rounds) => [
    atLeast('rows/s', rowsPerSecondMin, rounds.spread(importing.name, rate), 'rows/s'),
    atMost(
      'memory of the catalog above rest',
      memoryMiBMax,
      rounds.spread(importing.name, (one) => one.figures!['MiB above it at most']!),
      'MiB',
    ),
  ],
};
