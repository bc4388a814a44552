// Support for tests of resyncs: a service whose products are evented, with its relay and its resync, and a projection
// of them in another service's database that notices an event applied twice.
import { type DomainEvent, makeEvent, productCreated, productSnapshot, productUpdated } from '../../contracts/index.ts';
import { asSystem, openDatabase, type StoredEvent, storeEvents } from '../../persistence/index.ts';
import { newId, stampNow, systemClock } from '../../values/index.ts';
import { messagingCollections } from '../collections.ts';
import { type FixtureAddress, startFixtureConsumer, testLog } from '../consumer/consumer.fixture.ts';
import type { ServiceConsumer } from '../consumer/consumer.ts';
import type { Batch, Session } from '../consumer/ports.ts';
import { relayPositionsCollection } from '../relay/change-log.store.ts';
import type { RelayRecord } from '../relay/ports.ts';
import { startRelay } from '../relay/relay.ts';
import type { Relay } from '../relay/run-relay.ts';
import type { SnapshotOf } from './resync.store.ts';
import { type Resync, startResync } from './resync.ts';

export const tenants = Array.from({ length: 30 }, (_, n) => `tenant-${n}`);
const domain = 'catalog';

export interface Thing {
  _id: string;
  tenantId: string;
  version: number;
  name: string;
  events: StoredEvent[];
}
type Projected = { _id: string; tenantId: string; version: number; name: string };

function eventOf(
  definition: typeof productUpdated,
  { _id: productId, tenantId, version, name }: Omit<Thing, 'events'>,
) {
  const data = { productId, name, status: 'active' as const };
  return makeEvent(definition, { tenantId, id: productId, version }, stampNow(systemClock), data);
}

export const thingSnapshots: SnapshotOf<Thing> = {
  collection: 'things',
  toSnapshot: (thing, { version }) => ({ event: eventOf(productSnapshot, { ...thing, version }) }),
};

export type Shop = Awaited<ReturnType<typeof openShop>>;

/** A service with evented documents. */
export async function openShop({ mongodbUri: uri, redisUrl, generation, databaseName }: FixtureAddress) {
  const name = `${databaseName}_shop`;
  const database = await openDatabase({ uri, name, evented: ['things'], global: [...messagingCollections.global] });
  await asSystem('fixture', () => database.db.createCollection('things'));
  const things = database.db.collection<Thing>('things');
  const records = database.db.collection<RelayRecord & { _id: string }>(relayPositionsCollection);
  const recordId = `${domain}:${generation}`;
  const relays: Relay[] = [];
  const resyncs: Resync[] = [];
  return {
    database,
    domain,
    generation,
    things,

    async relay(): Promise<Relay> {
      const consumers = ['fixture'];
      const relay = await startRelay({ database, redisUrl, generation, domain, consumers, log: testLog });
      relays.push(relay);
      return relay;
    },

    resync(): Resync {
      const resync = startResync({ database, redisUrl, generation, domain, kinds: [thingSnapshots], log: testLog });
      resyncs.push(resync);
      return resync;
    },

    /** New documents, each with its event. */
    async create(count: number): Promise<Thing[]> {
      const made = Array.from({ length: count }, (_, n) => {
        const thing = { _id: newId('prd'), tenantId: tenants[n % tenants.length]!, version: 1, name: 'new' };
        return { ...thing, events: storeEvents([eventOf(productCreated, thing)]) };
      });
      await asSystem('fixture', () => things.insertMany(made));
      return made;
    },

    /** One more version of a document, as a service writes it; false when somebody else was faster. */
    change: (id: string): Promise<boolean> =>
      asSystem('fixture', async () => {
        const { tenantId, version } = (await things.findOne({ _id: id }))!;
        const next = { _id: id, tenantId, version: version + 1, name: `changed ${version}` };
        const set = { version: next.version, name: next.name, events: storeEvents([eventOf(productUpdated, next)]) };
        return (await things.updateOne({ _id: id, tenantId, version }, { $set: set })).modifiedCount === 1;
      }),

    record: (): Promise<RelayRecord> => asSystem('fixture', async () => (await records.findOne({ _id: recordId }))!),
    changeRecord: (fields: Partial<RelayRecord>) =>
      asSystem('fixture', async () => void (await records.updateOne({ _id: recordId }, { $set: fields }))),

    async close(): Promise<void> {
      await Promise.all(resyncs.map((resync) => resync.stop()));
      await Promise.all(relays.map((relay) => relay.stop()));
      await database.close();
    },
  };
}

/** A projection of the shop's documents in a database of its own. */
export async function openProjection(address: FixtureAddress) {
  const database = await openDatabase({
    uri: address.mongodbUri,
    name: address.databaseName,
    evented: [],
    global: [...messagingCollections.global],
  });
  await asSystem('fixture', async () => {
    for (const collection of ['projected', 'seen']) await database.db.createCollection(collection);
  });
  const projected = database.db.collection<Projected>('projected');
  const seen = database.db.collection<{ _id: string; tenantId: string; type: string }>('seen');
  const consumers: ServiceConsumer[] = [];

  async function handle({ entries }: Batch, session: Session | undefined): Promise<void> {
    const options = session ? { session } : {};
    // An event that comes twice is a duplicate key, which ends in the dead letters.
    await seen.insertMany(
      entries.map(({ event: { id, tenantid, type } }) => ({ _id: id, tenantId: tenantid, type })),
      options,
    );
    await projected.bulkWrite(
      entries.flatMap(({ event }) => toOperations(event)),
      options,
    );
  }

  return {
    database,
    projected,
    seen,

    async start(): Promise<ServiceConsumer> {
      const consumer = await startFixtureConsumer(address, database, { table: { domains: [domain] }, handle });
      consumers.push(consumer);
      return consumer;
    },

    /** True when it shows every document as it is. */
    equals: (things: Shop['things']): Promise<boolean> =>
      asSystem('fixture', async () => {
        const shownOf = (rows: Projected[]) => rows.map(({ _id, version, name }) => `${_id} ${version} ${name}`).join();
        const stored = await things.find().sort({ _id: 1 }).toArray();
        return shownOf(stored) === shownOf(await projected.find().sort({ _id: 1 }).toArray());
      }),

    count: (type: string): Promise<number> => asSystem('fixture', () => seen.countDocuments({ type })),

    async close(): Promise<void> {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await database.close();
    },
  };
}

function toOperations(event: DomainEvent) {
  const { subject: _id, tenantid: tenantId, aggregateversion: version } = event;
  const name = String(event.data.name);
  return [
    { updateOne: { filter: { _id, tenantId }, update: { $setOnInsert: { version: 0, name: '' } }, upsert: true } },
    { updateOne: { filter: { _id, tenantId, version: { $lt: version } }, update: { $set: { version, name } } } },
  ];
}
