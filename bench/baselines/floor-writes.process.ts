// F1, F2, F3: what the raw driver takes to write an order, majority and journaled, with nothing around it. The
// collections have no index but _id: this is a floor, not a shop.
import { mongo } from 'mongoose';
import { floorBatch, floorBatchesInFlight } from '../limits.ts';
import { latencyOf } from '../measure/quantile.ts';
import { serveParent } from '../worker.ts';
import type { FloorRun, FloorSpec } from './floors.ts';

type Stock = { _id: string; tenantId: string; available: number; reserved: number };
type Order = { _id: string };

let client: mongo.MongoClient | undefined;
let stock: mongo.Collection<Stock>;
let orders: mongo.Collection<Order>;
let variantCount = 0;
let orderCount = 0;

async function prepare(input: { mongoUri: string; variants: number }): Promise<void> {
  client = await new mongo.MongoClient(input.mongoUri, {
    maxPoolSize: 100,
    writeConcern: { w: 'majority', journal: true },
  }).connect();
  stock = client.db('floors').collection<Stock>('stock');
  orders = client.db('floors').collection<Order>('orders');
  variantCount = input.variants;
  const levels = Array.from({ length: variantCount }, (_, n) => ({
    _id: `v${n}`,
    tenantId: `t${n % 50}`,
    available: 1e9,
    reserved: 0,
  }));
  await stock.insertMany(levels);
}

const anyVariant = () => `v${Math.floor(Math.random() * variantCount)}`;

function newOrder(): Order & Record<string, unknown> {
  const now = new Date();
  const line = (variantId: string) => ({ variantId, name: 'Wool cap', quantity: 1, unitPrice: 1_999, total: 1_999 });
  return {
    _id: `o${orderCount++}`,
    tenantId: 't1',
    status: 'CONFIRMED',
    lines: [line(anyVariant()), line(anyVariant())],
    total: { amount: 3_998, currency: 'EUR' },
    createdAt: now,
    timeline: [{ to: 'CONFIRMED', at: now }],
  };
}

const take = (variantId: string) => ({
  filter: { _id: variantId, available: { $gte: 1 } },
  update: { $inc: { available: -1, reserved: 1 } },
});

async function writePair(variantId: string): Promise<number> {
  const { filter, update } = take(variantId);
  const { modifiedCount } = await stock.updateOne(filter, update);
  if (modifiedCount !== 1) throw new Error(`${variantId} was not taken`);
  await orders.insertOne(newOrder());
  return 1;
}

async function writeBatch(): Promise<number> {
  const operations = Array.from({ length: floorBatch }, () => ({ updateOne: take(anyVariant()) }));
  await stock.bulkWrite(operations, { ordered: false });
  await orders.insertMany(Array.from({ length: floorBatch }, newOrder), { ordered: false });
  return floorBatch;
}

const kinds = {
  F1: { loops: 64, once: () => writePair(anyVariant()) },
  F2: { loops: floorBatchesInFlight, once: writeBatch },
  F3: { loops: 64, once: () => writePair('v0') },
};

async function run({ kind, seconds }: FloorSpec): Promise<FloorRun> {
  const { loops, once } = kinds[kind];
  const latencies: number[] = [];
  const startedAt = performance.now();
  let count = 0;
  const loop = async () => {
    while (performance.now() - startedAt < seconds * 1_000) {
      const sentAt = performance.now();
      // Not `count += await ...`: that reads the count before it waits, and loses what the other loops add meanwhile.
      const written = await once();
      count += written;
      latencies.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
  return { count, seconds: (performance.now() - startedAt) / 1_000, latencyMs: latencyOf(latencies) };
}

serveParent({ prepare, run }, async () => client?.close());
