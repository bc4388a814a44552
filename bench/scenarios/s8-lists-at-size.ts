// S8: lists of a business with 10,000 to 1,000,000 variants and as many orders. A page costs the same whatever lies
// behind it, on the first page and on later ones.
import { deepestPage, listsInFlight } from '../limits.ts';
import { cpuPer, readCpu } from '../measure/cpu.ts';
import { atMost, type Goal, type Measurement, type Rounds } from '../measure/measurement.ts';
import { latencyOf, quantileOfSorted } from '../measure/quantile.ts';
import { makeLargeTenant } from '../platform/large-tenant.ts';
import { type BenchPlatform, openPlatform } from '../platform/platform.ts';
import type { Tenant } from '../platform/tenants.ts';
import type { Bench, Pace, Scenario, Segment } from '../segment.ts';

const slowestMs = 100;
const growthMax = 2;

/** The lists, by the name of their figure. `nth` varies the limit, so that a cached page is not what is measured. */
const lists: Readonly<Record<string, (nth: number, tenant: Tenant) => string>> = {
  orders: (nth) => `/v1/orders?limit=${limitOf(nth)}`,
  'orders by status': (nth) => `/v1/orders?status=CONFIRMED&limit=${limitOf(nth)}`,
  stock: (nth) => `/v1/stock?limit=${limitOf(nth)}`,
  movements: (nth) => `/v1/movements?limit=${limitOf(nth)}`,
  'movements by kind': (nth) => `/v1/movements?kind=receipt&limit=${limitOf(nth)}`,
  'movements of a variant': (nth, { variants }) => `/v1/movements?variantId=${variants[nth % variants.length]}`,
  products: (nth) => `/v1/products?limit=${limitOf(nth)}`,
  variants: (nth) => `/v1/variants?limit=${limitOf(nth)}`,
  'products by price': (nth) => `/v1/products?sort=price&limit=${limitOf(nth)}`,
  'products by a word': (nth) => `/v1/products?q=wool&sort=name&limit=${limitOf(nth)}`,
  'products by two words': (nth) => `/v1/products?q=wool+silk&limit=${limitOf(nth)}`,
};
const limitOf = (nth: number) => 20 + (nth % 60);

type Page = { data: unknown[]; nextCursor: string | null };
type Opened = { platform: BenchPlatform; tenants: readonly { size: number; tenant: Tenant }[] };

/** A platform of its own: what lies beside the small businesses of the other scenarios would slow them down. */
const opened = new WeakMap<Bench, Promise<Opened>>();

async function open(bench: Bench, { listSizes }: Pace): Promise<Opened> {
  const platform = await openPlatform({ tenants: 0, variantsPerTenant: 0, stock: 0 }, bench.log, { folder: 'lists' });
  bench.onClose(() => platform.close());
  const tenants = [];
  for (const size of listSizes) tenants.push({ size, tenant: await makeLargeTenant(platform, size, bench.log) });
  return { platform, tenants };
}

function openOnce(bench: Bench, pace: Pace): Promise<Opened> {
  const known = opened.get(bench) ?? open(bench, pace);
  opened.set(bench, known);
  return known;
}

/** Reads pages of every list in turn until the time is over; milliseconds of each page by list. */
async function readLists(tenant: Tenant, seconds: number): Promise<Map<string, number[]>> {
  const latencies = new Map(Object.keys(lists).map((name) => [name, [] as number[]]));
  const names = Object.keys(lists);
  const endsAt = performance.now() + seconds * 1_000;
  const readPages = async (name: string, url: string) => {
    let path: string | undefined = url;
    for (let page = 0; page < deepestPage && path !== undefined; page++) {
      const sentAt = performance.now();
      const answer = await tenant.owner.request<Page>('GET', path);
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
      latencies.get(name)!.push(performance.now() - sentAt);
      const { nextCursor } = answer.body as Page;
      path = nextCursor === null ? undefined : `${url}&cursor=${encodeURIComponent(nextCursor)}`;
    }
  };
  const reader = async (_: unknown, first: number) => {
    for (let nth = first; performance.now() < endsAt; nth += listsInFlight) {
      const name = names[nth % names.length]!;
      await readPages(name, lists[name]!(Math.floor(nth / names.length), tenant));
    }
  };
  await Promise.all(Array.from({ length: listsInFlight }, reader));
  return latencies;
}

const p99Of = (values: readonly number[]) => quantileOfSorted(Float64Array.from(values).sort(), 0.99);
const figureOf = (list: string, size: number) => `p99 ms of ${list} at ${size / 1_000}k`;

async function run(bench: Bench, pace: Pace): Promise<Measurement> {
  const { platform, tenants } = await openOnce(bench, pace);
  await platform.tenants.refresh();
  const all: number[] = [];
  const figures: Record<string, number> = {};
  const before = readCpu(platform.processes);
  const startedAt = performance.now();
  for (const { size, tenant } of tenants) {
    for (const [list, values] of await readLists(tenant, pace.seconds)) {
      figures[figureOf(list, size)] = p99Of(values);
      all.push(...values);
    }
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    counted: 'pages',
    count: all.length,
    seconds,
    perSecond: all.length / seconds,
    latencyMs: latencyOf(all),
    cpuUs: cpuPer(all.length, before, readCpu(platform.processes)),
    figures,
    broken: [],
  };
}

const listPages: Segment = {
  name: 'S8',
  what: `platform, pages of ${Object.keys(lists).length} lists of businesses of each size, ${listsInFlight} in flight`,
  run,
};

/** The sizes that were measured, smallest first. */
function sizesOf(rounds: Rounds): number[] {
  const [list = ''] = Object.keys(lists);
  const [first] = rounds.of(listPages.name);
  const measured = Object.keys(first?.figures ?? {}).filter((name) => name.startsWith(`p99 ms of ${list} at `));
  return measured.map((name) => Number(name.slice(name.lastIndexOf(' ') + 1, -1)) * 1_000).sort((a, b) => a - b);
}

export const s8: Scenario = {
  name: 's8',
  title: 'Lists at size',
  segments: [listPages],
  goals(rounds): Goal[] {
    const sizes = sizesOf(rounds);
    const [smallest, largest] = [sizes[0]!, sizes.at(-1)!];
    return Object.keys(lists).flatMap((list) => {
      const at = (size: number) => [listPages.name, (one: Measurement) => one.figures![figureOf(list, size)]!] as const;
      const growth = rounds.ratio(at(largest), at(smallest));
      return [
        atMost(`p99 of ${list}, ${largest / 1_000}k / ${smallest / 1_000}k`, growthMax, growth),
        atMost(`p99 of ${list} at ${largest / 1_000}k`, slowestMs, rounds.spread(...at(largest)), 'ms'),
      ];
    });
  },
};
