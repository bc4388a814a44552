// One database with two tenants' items, for the tests of the data layer. Invariant: the rows are written through system
// work, so that they exist whichever layer a test takes away.
import {
  asSystem,
  createIndexes,
  type Database,
  openDatabase,
  type Refusal,
  tenantSchema,
} from '@holdfast/shared/persistence';
import { applyTenancySwitch, testName, testServers } from '@holdfast/shared/testing';
import type mongoose from 'mongoose';

applyTenancySwitch();

export interface Item {
  _id: string;
  tenantId: string;
  n: number;
  tag?: string;
  place?: string;
}

export interface DataLayer {
  readonly database: Database;
  readonly items: mongoose.Model<Item>;
  /** Refusals of the guard, in order. */
  readonly refusals: Refusal[];
  /** Stored rows of a collection, read past both layers. */
  stored(collection?: string): Promise<Record<string, unknown>[]>;
  /** Removes everything and writes the rows of both tenants again. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const rows: Item[] = [
  { _id: 'a1', tenantId: 'a', n: 1, tag: 'canary-a' },
  { _id: 'a2', tenantId: 'a', n: 2, tag: 'canary-a' },
  { _id: 'b1', tenantId: 'b', n: 1, tag: 'canary-b' },
  { _id: 'b2', tenantId: 'b', n: 2, tag: 'canary-b' },
];

/** Opens a database of its own with `items`, evented `orders` and global `cursors`. */
export async function openDataLayer(label: string): Promise<DataLayer> {
  const refusals: Refusal[] = [];
  const database = await openDatabase({
    uri: testServers().mongodbUri,
    name: testName(`tenancy-${label}`),
    evented: ['orders'],
    global: ['cursors', 'places'],
    onRefusal: (refusal) => refusals.push(refusal),
    poolSizeMax: 5,
  });
  const schema = tenantSchema<Item>({
    n: { type: Number, required: true },
    tag: String,
    place: { type: String, ref: 'Place' },
  });
  const items: mongoose.Model<Item> = database.connection.model<Item>('Item', schema, 'items');
  await createIndexes(
    database,
    ['items', 'orders', 'cursors'].map((collection) => ({ collection, indexes: [] })),
  );
  return {
    database,
    items,
    refusals,
    stored: (collection = 'items') =>
      asSystem('test.look', () => database.db.collection(collection).find().sort({ _id: 1 }).toArray()),
    reset: () =>
      asSystem('purge.test', async () => {
        for (const name of ['items', 'orders', 'cursors']) await database.db.collection(name).deleteMany({});
        await database.db.collection<Item>('items').insertMany(rows.map((row) => ({ ...row })));
        refusals.length = 0;
      }),
    close: () => database.close(),
  };
}
