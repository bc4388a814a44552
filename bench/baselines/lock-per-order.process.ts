// lock-per-order (B1 in formulas): the common way to take an order, written for comparison and as good as its design
// allows. One Express process with mongoose; each request takes a Redis lock per variant, runs one transaction
// (conditional decrement, movement, order) and releases. It is correct: the decrement is conditional, so a lost lock
// cannot oversell. It has no gateway, no tokens, no events and no projections,
// which makes it cheaper than a whole platform.
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import express from 'express';
import { Redis } from 'ioredis';
import mongoose, { type ClientSession, mongo } from 'mongoose';
import { lockLifeMs, lockPauseMs, lockWaitMs, transactionAttemptsMax } from '../limits.ts';
import { serveParent } from '../worker.ts';

type Line = { variantId: string; quantity: number };

const Stock = mongoose.model(
  'Stock',
  new mongoose.Schema(
    {
      _id: { type: String, required: true },
      tenantId: { type: String, required: true },
      available: { type: Number, required: true, min: 0 },
      reserved: { type: Number, required: true, min: 0 },
    },
    { versionKey: false },
  ),
);
const Movement = mongoose.model(
  'Movement',
  new mongoose.Schema(
    {
      tenantId: { type: String, required: true },
      variantId: { type: String, required: true },
      orderId: { type: String, required: true },
      reservedDelta: { type: Number, required: true },
      createdAt: { type: Date, required: true },
    },
    { versionKey: false },
  ).index({ tenantId: 1, variantId: 1, createdAt: -1 }),
);
const Order = mongoose.model(
  'Order',
  new mongoose.Schema(
    {
      _id: { type: String, required: true },
      tenantId: { type: String, required: true },
      status: { type: String, required: true },
      lines: [{ _id: false, variantId: { type: String, required: true }, quantity: { type: Number, required: true } }],
      createdAt: { type: Date, required: true },
    },
    { versionKey: false },
  ).index({ tenantId: 1, createdAt: -1 }),
);

class SoldOut extends Error {}

let redis: Redis;
/** What requests failed with; each reason is told once. */
const failures = new Set<string>();

/** Deletes the lock only if it is still ours. KEYS[1] lock, ARGV[1] owner. */
const releaseScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

const lockKey = (variantId: string) => `lock:variant:${variantId}`;

async function acquire(variantId: string, owner: string, deadline: number): Promise<void> {
  while ((await redis.set(lockKey(variantId), owner, 'PX', lockLifeMs, 'NX')) === null) {
    if (performance.now() > deadline) throw new Error('the lock stayed busy');
    await pause(lockPauseMs * (0.5 + Math.random()));
  }
}

/** All locks in one order, so that two requests never wait for each other. */
async function withLocks<T>(variantIds: readonly string[], work: () => Promise<T>): Promise<T> {
  const owner = randomUUID();
  const deadline = performance.now() + lockWaitMs;
  const held: string[] = [];
  try {
    for (const variantId of [...variantIds].sort()) {
      await acquire(variantId, owner, deadline);
      held.push(variantId);
    }
    return await work();
  } finally {
    await Promise.all(held.map((variantId) => redis.eval(releaseScript, 1, lockKey(variantId), owner)));
  }
}

async function write(session: ClientSession, tenantId: string, lines: readonly Line[]): Promise<string> {
  const orderId = `ord_${randomUUID()}`;
  const createdAt = new Date();
  for (const { variantId, quantity } of lines) {
    const stock = await Stock.findOneAndUpdate(
      { _id: variantId, tenantId, available: { $gte: quantity } },
      { $inc: { available: -quantity, reserved: quantity } },
      { session, returnDocument: 'after', lean: true },
    );
    if (!stock) throw new SoldOut(variantId);
  }
  const movements = lines.map(({ variantId, quantity }) => {
    return { tenantId, variantId, orderId, reservedDelta: quantity, createdAt };
  });
  await Movement.insertMany(movements, { session });
  await Order.create([{ _id: orderId, tenantId, status: 'CONFIRMED', lines: [...lines], createdAt }], { session });
  return orderId;
}

async function reserve(tenantId: string, lines: readonly Line[]): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const session = await mongoose.startSession();
    try {
      session.startTransaction({ writeConcern: { w: 'majority', journal: true } });
      const orderId = await write(session, tenantId, lines);
      await session.commitTransaction();
      return orderId;
    } catch (error) {
      await session.abortTransaction().catch(() => undefined);
      const conflict = error instanceof mongo.MongoError && error.hasErrorLabel('TransientTransactionError');
      if (!conflict || attempt === transactionAttemptsMax) throw error;
      await pause(Math.random() * 5 * attempt);
    } finally {
      await session.endSession();
    }
  }
}

const app = express();
app.disable('x-powered-by').disable('etag');
app.use(express.json());
app.post('/orders', async (request, response) => {
  const tenantId = request.get('x-tenant-id');
  const { lines } = request.body as { lines?: Line[] };
  const valid = Array.isArray(lines) && lines.every(({ quantity }) => Number.isInteger(quantity) && quantity > 0);
  if (!tenantId || !lines || !valid) return void response.status(400).json({ error: 'bad order' });
  try {
    const id = await withLocks(
      lines.map(({ variantId }) => variantId),
      () => reserve(tenantId, lines),
    );
    response.status(201).json({ id, status: 'CONFIRMED', lines });
  } catch (error) {
    if (error instanceof SoldOut) return void response.status(409).json({ error: 'insufficient stock' });
    const reason = String(error);
    if (!failures.has(reason)) console.error(`lock-per-order: a request failed with ${reason}`);
    failures.add(reason);
    response.status(503).json({ error: String(error) });
  }
});

async function open(input: { mongoUri: string; redisUrl: string }): Promise<{ url: string }> {
  await mongoose.connect(input.mongoUri, {
    dbName: 'lock-per-order',
    maxPoolSize: 100,
    writeConcern: { w: 'majority', journal: true },
  });
  await Promise.all([Stock.init(), Movement.init(), Order.init()]);
  redis = new Redis<'legacy'>(input.redisUrl);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function addStock(input: { tenantId: string; variantIds: string[]; available: number }): Promise<void> {
  const { tenantId, variantIds, available } = input;
  await Stock.insertMany(variantIds.map((_id) => ({ _id, tenantId, available, reserved: 0 })));
}

/** Levels are the sums of their movements, and of the orders. */
async function check(): Promise<string[]> {
  const sums = await Movement.aggregate<{ _id: string; reserved: number }>([
    { $group: { _id: '$variantId', reserved: { $sum: '$reservedDelta' } } },
  ]);
  const sold = await Order.aggregate<{ _id: string; quantity: number }>([
    { $unwind: '$lines' },
    { $group: { _id: '$lines.variantId', quantity: { $sum: '$lines.quantity' } } },
  ]);
  const [ledger, orders] = [
    new Map(sums.map((s) => [s._id, s.reserved])),
    new Map(sold.map((s) => [s._id, s.quantity])),
  ];
  const levels = await Stock.find().lean();
  return levels
    .filter(({ _id, reserved }) => reserved !== (ledger.get(_id) ?? 0) || reserved !== (orders.get(_id) ?? 0))
    .map(
      ({ _id, reserved }) =>
        `lock-per-order: ${_id} has ${reserved} reserved, ledger ${ledger.get(_id)}, orders ${orders.get(_id)}`,
    );
}

serveParent({ open, addStock, check }, () => mongoose.disconnect());
