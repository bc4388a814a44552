// S7: product lists and details, read by a Zipf distribution over the variants of a business of either size, with 1 %
// writes; beside a constant behind the gateway (F5), which is what the fastest answer there can be costs.
import { behindGateway } from '../baselines/hop.ts';
import { readsInFlight, warmVariantsMax } from '../limits.ts';
import type { ReadResult, ReadSpec, Shelf } from '../load/reads.ts';
import { cpuPer, readCpu } from '../measure/cpu.ts';
import { atLeast, atMost, cpuOf, type Goal, type Measurement, type Rounds, rate } from '../measure/measurement.ts';
import { makeLargeTenant } from '../platform/large-tenant.ts';
import { type BenchPlatform, openPlatform } from '../platform/platform.ts';
import type { Tenant } from '../platform/tenants.ts';
import type { Bench, Pace, Scenario, Segment } from '../segment.ts';

/** One business whose customer asks for the constant; the large ones are added. */
const dataSet = { tenants: 1, variantsPerTenant: 4, stock: 1_000_000 };
const exponent = 1;
const listShare = 0.4;
const writeShare = 0.01;
const pageCount = 20;
const itemsOfPage = 10;

type Opened = { platform: BenchPlatform; tenants: Map<number, Tenant>; filled: number | undefined };
const opened = new WeakMap<Bench, Promise<Opened>>();

async function open(bench: Bench): Promise<Opened> {
  const platform = await openPlatform(dataSet, bench.log, {
    folder: 'reads',
    extraEnv: bench.servicesEnv,
  });
  bench.onClose(() => platform.close());
  return { platform, tenants: new Map(), filled: undefined };
}

function openOnce(bench: Bench): Promise<Opened> {
  const known = opened.get(bench) ?? open(bench);
  opened.set(bench, known);
  return known;
}

const reader = (bench: Bench) => bench.worker('load/reader.process.ts', async () => {});

type Page = { data: { id: string }[]; nextCursor: string | null };

/** The pages of products that are read, and all variants: first those on the pages, in their order. */
async function shelfOf({ reading }: BenchPlatform, { customer, tenantId }: Tenant): Promise<Shelf> {
  const pages = [`/v1/products?limit=${itemsOfPage}`];
  const ranks = new Map<string, number>();
  for (let page = 0; page < pageCount; page++) {
    const { body } = await customer.request<Page>('GET', pages[page]!);
    const { data, nextCursor } = body as Page;
    for (const { id } of data) ranks.set(id, ranks.size);
    if (nextCursor === null || page === pageCount - 1) break;
    pages.push(`${pages[0]}&cursor=${encodeURIComponent(nextCursor)}`);
  }
  const stored = reading.db('catalog').collection<{ _id: string; productId: string }>('variants');
  const found = await stored.find({ tenantId }, { projection: { productId: 1 } }).toArray();
  const rankOf = (productId: string) => ranks.get(productId) ?? ranks.size;
  const variants = found.map(({ _id: id, productId }) => ({ id, productId }));
  return { pages, variants: variants.sort((a, b) => rankOf(a.productId) - rankOf(b.productId)) };
}

/** Fills the reader's shelf, and the cache with what is read most, once for each size. */
async function fill(bench: Bench, own: Opened, size: number): Promise<Tenant> {
  const tenant = own.tenants.get(size) ?? (await makeLargeTenant(own.platform, size, bench.log, ['catalog']));
  own.tenants.set(size, tenant);
  if (own.filled === size) return tenant;
  const worker = await reader(bench);
  await worker.ask('fill', await shelfOf(own.platform, tenant));
  const { url, customer, inFlight } = specOf(own.platform, tenant);
  await worker.ask('warm', { url, customer, inFlight, count: warmVariantsMax });
  bench.log(`${size} variants: the cache has what is read most`);
  own.filled = size;
  return tenant;
}

const specOf = ({ gatewayUrl }: BenchPlatform, { customer, owner }: Tenant): Omit<ReadSpec, 'seconds'> => ({
  url: gatewayUrl,
  customer: `Bearer ${customer.session!.accessToken}`,
  owner: `Bearer ${owner.session!.accessToken}`,
  inFlight: readsInFlight,
  listShare,
  writeShare,
  exponent,
});

async function run(bench: Bench, pace: Pace, size: number, more: Partial<ReadSpec> = {}): Promise<Measurement> {
  const own = await openOnce(bench);
  const tenant = await fill(bench, own, size);
  await own.platform.tenants.refresh();
  const worker = await reader(bench);
  const spec = { ...specOf(own.platform, tenant), seconds: pace.seconds, ...more };
  const { processes } = own.platform;
  const before = readCpu({ ...processes, reader: worker.pid });
  const result = await worker.ask<ReadResult>('run', spec);
  const { reader: readerUs, ...cpuUs } = cpuPer(result.reads, before, readCpu({ ...processes, reader: worker.pid }));
  const { HIT = 0 } = result.results;
  return {
    counted: 'reads',
    count: result.reads,
    seconds: result.seconds,
    perSecond: result.perSecond,
    latencyMs: result.latencyMs,
    cpuUs,
    figures: {
      'hit ratio': HIT / result.reads,
      'read past the cache': (result.results.BYPASS ?? 0) / result.reads,
      writes: result.writes,
      'KiB of an answer': result.bytes / result.reads / 1_024,
      'values compared': result.compared,
      'stalest ms': result.stalestMs,
      'reader, share of a core': (readerUs! * result.reads) / (result.seconds * 1e6),
    },
    broken: flawsOf(result),
  };
}

function flawsOf({ statuses, ownMissed, stalestMs }: ReadResult): string[] {
  const strange = Object.entries(statuses).filter(([status]) => status !== '200');
  return [
    ...strange.map(([status, count]) => `${count} answers were ${status === '0' ? 'broken connections' : status}`),
    ...(ownMissed > 0 ? [`${ownMissed} reads of a writer did not see its own write`] : []),
    ...(stalestMs > 1_000 ? [`a read was ${stalestMs.toFixed(0)} ms old`] : []),
  ];
}

/** F5 beside the same platform. */
const constant: Segment = {
  name: 'F5-S7',
  what: 'F5 beside the platform of S7',
  baseline: true,
  async run(bench, pace) {
    const { platform } = await openOnce(bench);
    await platform.tenants.refresh();
    return behindGateway.run({ ...bench, platform: async () => platform }, pace);
  },
};

const segmentOf = (name: string, size: number, what: string, more: Partial<ReadSpec> = {}): Segment => ({
  name,
  what: `platform, ${what}, ${size.toLocaleString('en')} variants, ${readsInFlight} in flight`,
  run: (bench, pace) => run(bench, pace, size, more),
});

const small = 10_000;
const large = 1_000_000;
const mixed = 'lists (2 of 5) and details, 1 % writes';
const details = segmentOf('S7-details', small, 'details, no writes', { listShare: 0, writeShare: 0 });
const lists = segmentOf('S7-lists', small, `pages of ${itemsOfPage} products`, { listShare: 1, writeShare: 0 });
const reads = segmentOf('S7', small, mixed);
const readsOfMillion = segmentOf('S7-million', large, mixed);

const figureOf = (name: string, unit: string) => (segment: Segment, rounds: Rounds) => ({
  measured: rounds.spread(segment.name, ({ figures }) => figures![name]!),
  unit,
});
const hitRatio = figureOf('hit ratio', '');
const stalest = figureOf('stalest ms', 'ms');

function promises(segment: Segment, rounds: Rounds): Goal[] {
  const ratio = hitRatio(segment, rounds);
  return [
    atLeast('hit ratio', 0.9, ratio.measured, ratio.unit),
    atMost('the oldest that was read', 1_000, stalest(segment, rounds).measured, 'ms'),
  ];
}

const besides = (segment: Segment, rounds: Rounds) => [
  {
    text: `${segment.name}: reads/s / F5`,
    measured: rounds.ratio([segment.name, rate], [constant.name, rate]),
    unit: 'x',
  },
  {
    text: `${segment.name}: reads per CPU-second / F5`,
    measured: rounds.ratio([constant.name, cpuOf], [segment.name, cpuOf]),
    unit: 'x',
  },
  { text: `${segment.name}: an answer`, ...figureOf('KiB of an answer', 'KiB')(segment, rounds) },
];

export const s7: Scenario = {
  name: 's7',
  title: 'Reads of the catalog',
  segments: [details, constant, lists, reads],
  goals: (rounds) => [
    atLeast('details/s from the cache / F5', 0.8, rounds.ratio([details.name, rate], [constant.name, rate])),
    ...promises(reads, rounds),
  ],
  notes: (rounds) => [details, lists, reads].flatMap((segment) => besides(segment, rounds)),
};

export const s7Million: Scenario = {
  name: 's7-million',
  title: 'Reads of a catalog of a million variants',
  segments: [readsOfMillion, constant],
  goals: (rounds) => promises(readsOfMillion, rounds),
  notes: (rounds) => besides(readsOfMillion, rounds),
};
