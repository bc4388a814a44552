// The simulated installation: one Redis, a database per service, processes that are started again when they die.
// Invariant: everything that a process knows beside its databases dies with it.

import type { Database } from '@holdfast/shared/persistence';
import { every, sleep } from '@holdfast/shared/values';
import { type ConsumerLogic, runConsumer } from '../../../packages/shared/src/messaging/consumer/consumer.ts';
import { openCursorStore } from '../../../packages/shared/src/messaging/consumer/cursors.ts';
import { consumerLimits } from '../../../packages/shared/src/messaging/consumer/limits.ts';
import { mongoChangeLog } from '../../../packages/shared/src/messaging/relay/change-log.store.ts';
import { runRelay } from '../../../packages/shared/src/messaging/relay/run-relay.ts';
import { resyncCheckMs, resyncLeaseMs } from '../../../packages/shared/src/messaging/resync/limits.ts';
import { openResyncStore, type SnapshotOf } from '../../../packages/shared/src/messaging/resync/resync.store.ts';
import { type ResyncPorts, resyncIfDue } from '../../../packages/shared/src/messaging/resync/resync.ts';
import { type Caller, clockOf } from './calls.ts';
import { connect, type FilterSwitch } from './mongo-driver.ts';
import { MongoStore } from './mongo-store.ts';
import { SimRedis, takeLease } from './redis.ts';
import { type AppendSwitch, consumerStreams, leadershipOf, registryOf, relayStreams } from './redis-ports.ts';
import type { Life, World } from './world.ts';

export const serviceNames = ['catalog', 'inventory', 'orders', 'observer'] as const;
export type ServiceName = (typeof serviceNames)[number];

export const tenants: readonly string[] = ['ten_a', 'ten_b', 'ten_c'];
/** Who reads which domain. */
export const readersOf = {
  catalog: ['inventory', 'orders'],
  inventory: ['orders', 'observer'],
  orders: ['inventory', 'observer'],
} as const;
export const domainsOf = {
  inventory: ['catalog', 'orders'],
  orders: ['catalog', 'inventory'],
  observer: ['orders', 'inventory'],
} as const;

/** Mechanisms that a run takes away. */
export interface Weakness {
  readonly filter?: FilterSwitch;
  readonly append?: AppendSwitch;
  /** Transactions without snapshots and without noticing changes. */
  readonly noSnapshots?: boolean;
  /** The ledger may hold a sequence number of a level twice. */
  readonly noSequenceIndex?: boolean;
  /** Inventory takes every request for a new one. */
  readonly noRequestNumber?: boolean;
  /** Orders takes every outcome for that of the pending request. */
  readonly noPendingMatch?: boolean;
}

/** Sizes that differ from run to run. */
export interface Sizes {
  readonly changesPerBatch: number;
  readonly readCountMax: number;
  readonly batchEntriesMax: number;
  /** Life of a partition's lease, and of a member without a heartbeat: nothing may rest on how long it is. */
  readonly leaseMs: number;
}

export interface Process {
  readonly name: string;
  readonly service: ServiceName;
  life: Life;
  /** What clients may call; undefined while it starts or is down. */
  api: unknown;
}

export type Start = (platform: Platform, process: Process) => Promise<unknown>;

export class Platform {
  readonly redis: SimRedis;
  readonly stores: Record<ServiceName, MongoStore>;
  readonly processes: Process[] = [];
  readonly world: World;
  readonly caller: Caller;
  readonly partitions: readonly number[];
  readonly sizes: Sizes;
  readonly weakness: Weakness;
  /** Redis lost everything and the oplog with it: events are gone for good, and everything has to be re-emitted. */
  isHistoryLost = false;
  readonly #starts = new Map<Process, Start>();
  #lives = 0;

  constructor(facts: {
    world: World;
    caller: Caller;
    partitions: readonly number[];
    sizes: Sizes;
    weakness: Weakness;
  }) {
    const { world, caller, partitions, sizes, weakness } = facts;
    this.world = world;
    this.caller = caller;
    this.partitions = partitions;
    this.sizes = sizes;
    this.weakness = weakness;
    this.redis = new SimRedis(world);
    const entries = serviceNames.map((name) => [name, new MongoStore(world, name)] as const);
    this.stores = Object.fromEntries(entries) as Record<ServiceName, MongoStore>;
    for (const store of Object.values(this.stores)) store.hasSnapshots = !weakness.noSnapshots;
    world.onCrash = (life) => this.#afterCrash(life);
  }

  /** Adds a process and starts it. */
  add(service: ServiceName, number: number, start: Start): void {
    const process: Process = { name: `${service}-${number}`, service, life: newLife(''), api: undefined };
    this.processes.push(process);
    this.#starts.set(process, start);
    this.#start(process);
  }

  /** The processes of a service that can be called. */
  ready<Api>(service: ServiceName): { process: Process; api: Api }[] {
    return this.processes.flatMap((process) =>
      process.service === service && process.api !== undefined ? [{ process, api: process.api as Api }] : [],
    );
  }

  #start(process: Process): void {
    this.#lives += 1;
    // Each life has a name of its own: what a former life has sent is not this one's.
    const life = newLife(`${process.name}.${this.#lives}`);
    process.life = life;
    const begin = () => {
      void this.#starts.get(process)!(this, process).then(
        (api) => {
          if (life.alive) process.api = api;
        },
        // A start that fails ends the process, which is started again.
        (error) => this.world.crash(life, `start failed: ${(error as Error).message}`),
      );
    };
    this.world.after(0, 'starts', begin, life);
  }

  #afterCrash(life: Life): void {
    const process = this.processes.find((one) => one.life === life);
    if (!process) return;
    process.api = undefined;
    const { chance } = this.world;
    const downMs = chance.hits(0.2) ? chance.between(1_000, 4_000) : chance.between(5, 400);
    this.world.after(downMs, `restart ${process.name}`, () => this.#start(process));
  }

  database(process: Process): Database {
    const { world, caller, weakness } = this;
    return connect({ world, caller, store: this.stores[process.service], life: process.life, weaken: weakness.filter });
  }

  clock(process: Process) {
    return clockOf(this.world, process.life);
  }

  log(process: Process) {
    const write = (level: string) => (fields: object, message: string) => {
      const error = (fields as { err?: Error }).err;
      const reason = (fields as { reason?: string }).reason ?? error?.message;
      this.world.note(`${process.life.name} ${level}: ${message}`, reason);
    };
    return { info: () => {}, debug: () => {}, warn: write('warn'), error: write('error') };
  }

  /** Runs the service's relay; resolves when its first start is agreed. */
  async relay(process: Process, database: Database, domain: keyof typeof readersOf): Promise<void> {
    const clock = this.clock(process);
    const batchSize = this.sizes.changesPerBatch;
    const changeLog = mongoChangeLog({ database, domain, generation: 'g1', batchSize });
    for (let agreed = false; !agreed; ) {
      agreed = await changeLog.agree().then(
        () => true,
        () => false,
      );
      if (!agreed) await sleep(clock, 250);
    }
    const options = this.#redisOptions(process);
    const consumers = readersOf[domain];
    const streams = relayStreams(options, domain, consumers);
    const leadership = leadershipOf(options, domain);
    const { chance: random } = this.world;
    runRelay({ changeLog, streams, leadership, clock, random, log: this.log(process) }, { domain, consumers });
  }

  /** Checks whether a resync is due, and runs it. */
  resync(process: Process, database: Database, domain: keyof typeof readersOf, kinds: readonly SnapshotOf[]): void {
    const clock = this.clock(process);
    const log = this.log(process);
    const lease = { ...this.#redisOptions(process), kind: `${domain} resync` };
    const ports: ResyncPorts = {
      store: openResyncStore({ database, domain, generation: 'g1' }),
      takeLease: () => takeLease(lease, `resync:${domain}`, resyncLeaseMs),
      clock,
      log,
    };
    const run = { signal: new AbortController().signal, report: () => {} };
    every(clock, resyncCheckMs, () =>
      resyncIfDue(ports, kinds, run).catch((error) => log.warn({ err: error as Error }, 'resync postponed')),
    );
  }

  /** Runs the service's consumer. */
  async consumer(
    process: Process,
    database: Database,
    logic: Omit<ConsumerLogic, 'log' | 'limits' | 'table'> & {
      mode: 'transaction' | 'effects-first';
      events?: ConsumerLogic['table']['events'];
    },
  ): Promise<void> {
    const service = process.service as keyof typeof domainsOf;
    const clock = this.clock(process);
    const { chance: random } = this.world;
    const { readCountMax, batchEntriesMax, leaseMs } = this.sizes;
    const limits = {
      ...consumerLimits,
      readCountMax,
      batchEntriesMax,
      leaseMs,
      readCountMin: Math.min(16, readCountMax),
      idlePauseMs: 150,
    };
    const domains = domainsOf[service];
    const { transactionMs } = limits;
    const { mode, events } = logic;
    const owned = { database, service, generation: 'g1', domains, mode, transactionMs, clock, random };
    const options = this.#redisOptions(process);
    runConsumer(
      {
        store: await openCursorStore(owned),
        streams: consumerStreams(options, service),
        registry: registryOf(options, service, leaseMs),
        clock,
        random,
      },
      { ...logic, table: { domains, ...(events ? { events } : {}) }, limits, log: this.log(process) },
    );
  }

  #redisOptions(process: Process) {
    const { caller, redis, partitions, weakness } = this;
    return { caller, redis, life: process.life, partitions, weaken: weakness.append };
  }
}

function newLife(name: string): Life {
  return { name, alive: true, pausedUntilMs: 0 };
}
