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

/** Of whom a page is asked: the business that is read, and how many orders and variants it has. */
export type ListOf = { tenant: Tenant; size: number; orderIds: readonly string[] };
/** A page that the owner, or a customer, asks for; `nth` varies it, so that a kept page is not what is measured. */
export type List = (nth: number, of: ListOf) => string;
export type Lists = Readonly<Record<string, List>>;

/** The lists, by the name of their figure. */
const lists: Lists = {
  orders: (nth) => `/v1/orders?limit=${limitOf(nth)}`,
  'orders by status': (nth) => `/v1/orders?status=CONFIRMED&limit=${limitOf(nth)}`,
  stock: (nth) => `/v1/stock?limit=${limitOf(nth)}`,
  movements: (nth) => `/v1/movements?limit=${limitOf(nth)}`,
  'movements by kind': (nth) => `/v1/movements?kind=receipt&limit=${limitOf(nth)}`,
  'movements of a variant': (nth, { tenant: { variants } }) =>
    `/v1/movements?variantId=${variants[nth % variants.length]}`,
  products: (nth) => `/v1/products?limit=${limitOf(nth)}`,
  variants: (nth) => `/v1/variants?limit=${limitOf(nth)}`,
  'products by price': (nth) => `/v1/products?sort=price&limit=${limitOf(nth)}`,
  'products by a word': (nth) => `/v1/products?q=wool&sort=name&limit=${limitOf(nth)}`,
  'products by two words': (nth) => `/v1/products?q=wool+silk&limit=${limitOf(nth)}`,
};
export const limitOf = (nth: number) => 20 + (nth % 60);

type Page = { data: { id: string }[]; nextCursor?: string | null };
type Opened = { platform: BenchPlatform; tenants: readonly ListOf[] };

export type ListScenario = {
  name: string;
  title: string;
  /** Names the segment, and the folder of its platform. */
  segment: string;
  folder: string;
  lists: Lists;
  /** These are asked for by a customer. */
  ofCustomers?: readonly string[];
  /** Whose documents are copied; default all. */
  services?: Parameters<typeof makeLargeTenant>[3];
};

/** Pages of lists of businesses of each size, on a platform of its own: it would slow down the small ones of others. */
export function listScenario(spec: ListScenario): Scenario {
  const { lists: all, ofCustomers = [] } = spec;
  const names = Object.keys(all);
  const opened = new WeakMap<Bench, Promise<Opened>>();

  async function open(bench: Bench, { listSizes }: Pace): Promise<Opened> {
    const empty = { tenants: 0, variantsPerTenant: 0, stock: 0 };
    const platform = await openPlatform(empty, bench.log, { folder: spec.folder });
    bench.onClose(() => platform.close());
    const tenants: ListOf[] = [];
    for (const size of listSizes) {
      const tenant = await makeLargeTenant(platform, size, bench.log, spec.services);
      const { body } = await tenant.owner.request<Page>('GET', '/v1/orders?limit=100');
      tenants.push({ size, tenant, orderIds: body.data.map(({ id }) => id) });
    }
    return { platform, tenants };
  }

  function openOnce(bench: Bench, pace: Pace): Promise<Opened> {
    const known = opened.get(bench) ?? open(bench, pace);
    opened.set(bench, known);
    return known;
  }

  /** Reads pages of every list in turn until the time is over; milliseconds of each page by list. */
  async function readLists(of: ListOf, seconds: number): Promise<Map<string, number[]>> {
    const latencies = new Map(names.map((name) => [name, [] as number[]]));
    const endsAt = performance.now() + seconds * 1_000;
    const readPages = async (name: string, url: string) => {
      const client = ofCustomers.includes(name) ? of.tenant.customer : of.tenant.owner;
      let path: string | undefined = url;
      for (let page = 0; page < deepestPage && path !== undefined; page++) {
        const sentAt = performance.now();
        const answer = await client.request<Page>('GET', path);
        if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
        latencies.get(name)!.push(performance.now() - sentAt);
        const { nextCursor } = answer.body as Page;
        path = nextCursor ? `${url}&cursor=${encodeURIComponent(nextCursor)}` : undefined;
      }
    };
    const reader = async (_: unknown, first: number) => {
      for (let nth = first; performance.now() < endsAt; nth += listsInFlight) {
        const name = names[nth % names.length]!;
        await readPages(name, all[name]!(Math.floor(nth / names.length), of));
      }
    };
    await Promise.all(Array.from({ length: listsInFlight }, reader));
    return latencies;
  }

  async function run(bench: Bench, pace: Pace): Promise<Measurement> {
    const { platform, tenants } = await openOnce(bench, pace);
    await platform.tenants.refresh();
    const latencies: number[] = [];
    const figures: Record<string, number> = {};
    const before = readCpu(platform.processes);
    const startedAt = performance.now();
    for (const of of tenants) {
      for (const [list, values] of await readLists(of, pace.seconds)) {
        figures[figureOf(list, of.size)] = p99Of(values);
        latencies.push(...values);
      }
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    return {
      counted: 'pages',
      count: latencies.length,
      seconds,
      perSecond: latencies.length / seconds,
      latencyMs: latencyOf(latencies),
      cpuUs: cpuPer(latencies.length, before, readCpu(platform.processes)),
      figures,
      broken: [],
    };
  }

  const segment: Segment = {
    name: spec.segment,
    what: `platform, pages of ${names.length} lists of businesses of each size, ${listsInFlight} in flight`,
    run,
  };
  return {
    name: spec.name,
    title: spec.title,
    segments: [segment],
    goals: (rounds) => goalsOf(rounds, segment.name, names),
  };
}

const p99Of = (values: readonly number[]) => quantileOfSorted(Float64Array.from(values).sort(), 0.99);
const figureOf = (list: string, size: number) => `p99 ms of ${list} at ${size / 1_000}k`;

/** The sizes that were measured, smallest first. */
function sizesOf(rounds: Rounds, segment: string, list: string): number[] {
  const [first] = rounds.of(segment);
  const measured = Object.keys(first?.figures ?? {}).filter((name) => name.startsWith(`p99 ms of ${list} at `));
  return measured.map((name) => Number(name.slice(name.lastIndexOf(' ') + 1, -1)) * 1_000).sort((a, b) => a - b);
}

function goalsOf(rounds: Rounds, segment: string, names: readonly string[]): Goal[] {
  const sizes = sizesOf(rounds, segment, names[0]!);
  const [smallest, largest] = [sizes[0]!, sizes.at(-1)!];
  return names.flatMap((list) => {
    const at = (size: number) => [segment, (one: Measurement) => one.figures![figureOf(list, size)]!] as const;
    const growth = rounds.ratio(at(largest), at(smallest));
    return [
      atMost(`p99 of ${list}, ${largest / 1_000}k / ${smallest / 1_000}k`, growthMax, growth),
      atMost(`p99 of ${list} at ${largest / 1_000}k`, slowestMs, rounds.spread(...at(largest)), 'ms'),
    ];
  });
}

export const s8: Scenario = listScenario({
  name: 's8',
  title: 'Lists at size',
  segment: 'S8',
  folder: 'lists',
  lists,
});
