// One run: an installation, its clients and a nemesis, all from one seed;
// then the faults end and everything must come to rest.
import { partitionOf } from '@holdfast/shared/values';
import { Caller, type CallFaults, type Census, noFaults } from './calls.ts';
import { Checker } from './checker.ts';
import { Clients, type Plan } from './clients.ts';
import { everything, Nemesis, type Weights, windowMs } from './nemesis.ts';
import { Platform, type Sizes, tenants, type Weakness } from './platform.ts';
import { startCatalog, startInventory, startObserver, startOrders } from './services.ts';
import { World } from './world.ts';

export interface Settings {
  readonly weakness?: Weakness;
  /** What the nemesis does, and how often; default everything. */
  readonly weights?: Weights;
  readonly plan?: Partial<Plan>;
  readonly faults?: Partial<CallFaults>;
  /** Time between two deeds of the nemesis, at most. */
  readonly nemesisMs?: number;
  /** A process dies in the first call of a kind: `before redis orders trim`, or `after ...`. */
  readonly crashAt?: string | undefined;
  /** How many of the last steps a run remembers; default 50. */
  readonly stepsKept?: number;
}

export interface Run {
  readonly seed: number;
  readonly violation: string | undefined;
  readonly steps: number;
  readonly digest: number;
  /** Virtual time in ms. */
  readonly tookMs: number;
  readonly census: Census;
  readonly answers: ReadonlyMap<string, number>;
  readonly lastSteps: string;
}

const troubleMsMax = 20_000;
/**
 * Every so many seeds a run goes on when its clients are done, so that streams grow old and are trimmed;
 * more is forged and lost in it.
 */
const agedEvery = 25;
const agedMs = 25_000;
const agedFaults = { lostRequest: 0.02, lostReply: 0.02 };
const agedWeights: Weights = { ...everything, 'redis-empty': 0, 'redis-empty-running': 0, poison: 12 };
/** Every so many seeds events are lost for good, and re-emitted. */
const lossyEvery = 10;
/** Longer than an adjustment may wait for stock, from the last command on. */
const restMsMax = 90_000;
const lookEveryMs = 100;

/** Runs a seed; never throws for a violation. */
export async function simulate(seed: number, settings: Settings = {}): Promise<Run> {
  const world = new World(seed, settings.stepsKept);
  const { chance } = world;
  const isAged = seed % agedEvery === 0;
  const caller = new Caller(world, { ...faultsOf(world), ...(isAged ? agedFaults : {}), ...settings.faults });
  const plan = planOf(world, settings.plan);
  const platform = new Platform({
    world,
    caller,
    weakness: settings.weakness ?? {},
    sizes: sizesOf(world),
    partitions: [...new Set(plan.tenants.map(partitionOf))],
  });
  if (!settings.weakness?.noSequenceIndex) {
    platform.stores.inventory.uniqueKeys.movements = (doc) =>
      `${doc.tenantId} ${doc.variantId} ${doc.locationId} ${doc.sequence}`;
  }
  platform.stores.orders.uniqueKeys.orders = (doc) => `${doc.tenantId} ${doc.number}`;
  const checker = new Checker(platform);
  startAll(platform);
  const clients = new Clients(platform, plan);
  clients.start();
  const nemesisMs = settings.nemesisMs ?? chance.pick([400, 1_500, 4_000]);
  const nemesis = new Nemesis(
    platform,
    checker,
    settings.weights ?? (isAged ? agedWeights : weightsOf(world, seed % lossyEvery === 1)),
    nemesisMs,
  );
  nemesis.start();
  caller.crashAt = settings.crashAt;
  try {
    await run(world, { caller, checker, clients, nemesis }, isAged);
  } catch (error) {
    world.violate(`the simulation itself failed: ${(error as Error).stack}`);
  }
  return {
    seed,
    violation: world.violation,
    steps: world.steps,
    digest: world.digest,
    tookMs: world.nowMs,
    census: caller.census,
    answers: clients.history.answers,
    lastSteps: textOf(world),
  };
}

type Parts = { caller: Caller; checker: Checker; clients: Clients; nemesis: Nemesis };

async function run(world: World, { caller, checker, clients, nemesis }: Parts, isAged: boolean): Promise<void> {
  await world.run(troubleMsMax, () => clients.running === 0);
  nemesis.heal();
  caller.faults = noFaults;
  world.note('FAULTS END');
  if (isAged) {
    world.jump(windowMs);
    await world.run(world.nowMs + agedMs, () => false);
  }
  const limitMs = world.nowMs + restMsMax;
  let reason: string | undefined = 'nothing was looked at';
  while (reason !== undefined && world.nowMs < limitMs && world.violation === undefined) {
    await world.run(world.nowMs + lookEveryMs, () => false);
    reason = clients.running > 0 ? 'clients wait' : checker.unrest();
  }
  if (world.violation !== undefined) return;
  if (reason !== undefined) {
    world.violate(`no rest within ${restMsMax / 1_000} s after faults ended: ${reason}`);
    return;
  }
  checker.atRest();
  clients.history.atRest();
}

function startAll(platform: Platform): void {
  platform.add('catalog', 1, startCatalog);
  for (const number of [1, 2]) {
    platform.add('inventory', number, startInventory);
    platform.add('orders', number, startOrders);
    platform.add('observer', number, startObserver);
  }
}

function planOf({ chance }: World, given: Partial<Plan> | undefined): Plan {
  return {
    tenants: tenants.slice(0, chance.int(1, 3)),
    variantsPerTenant: chance.int(1, 2),
    clients: chance.int(2, 4),
    commandsPerClient: chance.int(3, 9),
    initialStockMax: chance.pick([3, 10]),
    thinkMs: chance.pick([50, 400, 1_500]),
    ...given,
  };
}

/** Each kind of fault never, sometimes or often: runs in which everything happens at once find less. */
function faultsOf({ chance }: World): CallFaults {
  const base = { crash: 0.001, lostRequest: 0.002, lostReply: 0.002, late: 0.002, duplicate: 0.02, slow: 0.04 };
  const scaled = Object.entries(base).map(([name, share]) => [name, share * chance.pick([0, 0.5, 1, 2, 10])]);
  return { ...noFaults, ...Object.fromEntries(scaled) };
}

/** Some of the deeds of the nemesis. */
function weightsOf({ chance }: World, isLossy: boolean): Weights {
  const some = Object.fromEntries(Object.entries(everything).filter(() => chance.hits(0.6)));
  return isLossy ? { ...some, 'history-lost': 6 } : some;
}

function sizesOf({ chance }: World): Sizes {
  return {
    changesPerBatch: chance.pick([1, 3, 1_000]),
    readCountMax: chance.pick([2, 8, 256]),
    batchEntriesMax: chance.pick([3, 16, 256]),
    // From one that ends before its first renewal to one that outlives most pauses.
    leaseMs: chance.between(500, 4_000),
  };
}

function textOf(world: World): string {
  return world
    .recent()
    .map(({ atMs, text }) => `${atMs.toFixed(1).padStart(10)}  ${text}`)
    .join('\n');
}
