// Evented collections on a real server: a write that would publish nothing, or the wrong thing, is not sent.
import { asSystem, asTenant, asTenants, createIndexes, tenantSchema } from '@holdfast/shared/persistence';
import type mongoose from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DataLayer, openDataLayer } from './data-layer.ts';

interface Event {
  id: string;
  tenantId: string;
  body: string;
}

interface Order {
  _id: string;
  tenantId: string;
  status: string;
  events: Event[];
}

let layer: DataLayer;
let Orders: mongoose.Model<Order>;
const event = (tenantId = 'a', id = 'evt_1'): Event => ({ id, tenantId, body: '{"type":"order.placed"}' });
const native = () => layer.database.db.collection<Order>('orders');
const own = { _id: 'o1', tenantId: 'a' };

beforeAll(async () => {
  layer = await openDataLayer('evented');
  const entry = { _id: false, id: String, tenantId: String, body: String };
  const schema = tenantSchema<Order>({ status: { type: String, required: true }, events: [entry] });
  Orders = layer.database.connection.model<Order>('Order', schema, 'orders');
  await createIndexes(layer.database, [{ collection: 'orders', indexes: [] }]);
});
beforeEach(async () => {
  await layer.reset();
  await asTenant('a', () => Orders.create({ _id: 'o1', status: 'PENDING', events: [event()] }));
});
afterAll(() => layer?.close());

async function refused(work: () => PromiseLike<unknown>): Promise<void> {
  const before = await layer.stored('orders');
  await expect(work()).rejects.toMatchObject({ code: 'TENANCY_VIOLATION' });
  expect(layer.refusals.length).toBeGreaterThan(0);
  expect(await layer.stored('orders')).toEqual(before);
}

describe('writes that publish', () => {
  it.each<[string, () => PromiseLike<unknown>]>([
    ['an update that sets events', () => native().updateOne(own, { $set: { status: 'CONFIRMED', events: [event()] } })],
    ['an update that says there are none', () => Orders.updateOne(own, { $set: { status: 'CONFIRMED', events: [] } })],
    [
      'a saved document whose events were set',
      async () => {
        const order = await Orders.findById('o1');
        // A new event has a new id: an equal array would not be written, and would publish nothing.
        order?.set({ status: 'CONFIRMED', events: [event('a', 'evt_2')] });
        await order?.save();
      },
    ],
    [
      'a bulk write',
      () => native().bulkWrite([{ updateOne: { filter: own, update: { $set: { status: 'CONFIRMED', events: [] } } } }]),
    ],
  ])('pass: %s', async (_name, work) => {
    await asTenant('a', work);
    expect(await layer.stored('orders')).toMatchObject([{ _id: 'o1', status: 'CONFIRMED' }]);
    expect(layer.refusals).toEqual([]);
  });

  it('pass for a batch of 256 orders of two tenants', async () => {
    const orders = Array.from({ length: 256 }, (_, n) => {
      const tenantId = n % 2 === 0 ? 'a' : 'b';
      return { _id: `new${n}`, tenantId, status: 'PENDING', events: [event(tenantId)] };
    });
    await asTenants(['a', 'b'], 'test.batch', () => native().insertMany(orders, { ordered: false }));
    expect(await layer.stored('orders')).toHaveLength(257);
  });
});

describe('writes that would not publish', () => {
  it.each<[string, () => PromiseLike<unknown>]>([
    ['an insert without events', () => native().insertOne({ _id: 'o2', tenantId: 'a', status: 'X' } as Order)],
    [
      'an event of another tenant',
      () => native().insertOne({ _id: 'o2', tenantId: 'a', status: 'X', events: [event('b')] }),
    ],
    ['an update without events', () => Orders.updateOne({ _id: 'o1' }, { $set: { status: 'X' } })],
    [
      'a saved document without new events',
      async () => {
        const order = await Orders.findById('o1');
        order?.set('status', 'X');
        await order?.save();
      },
    ],
    ['a push', () => native().updateOne(own, { $push: { events: event() } })],
    [
      'a pushed event in a saved document',
      async () => {
        const order = await Orders.findById('o1');
        order?.events.push(event());
        await order?.save();
      },
    ],
    ['a dotted path', () => native().updateOne(own, { $set: { 'events.0.body': '{}' } })],
    ['a replacement', () => native().replaceOne(own, { tenantId: 'a', status: 'X', events: [event()] })],
    ['a pipeline update', () => native().updateOne(own, [{ $set: { status: 'X', events: [] } }])],
    ['an update of many', () => native().updateMany({ tenantId: 'a' }, { $set: { status: 'X', events: [] } })],
    ['a delete', () => Orders.deleteOne({ _id: 'o1' })],
    ['65 events', () => native().updateOne(own, { $set: { events: Array.from({ length: 65 }, () => event()) } })],
  ])('are refused: %s', async (_name, work) => {
    await refused(() => asTenant('a', work));
  });

  it('are refused in system work too', async () => {
    await refused(() => asSystem('sweep', () => native().updateOne(own, { $set: { status: 'X' } })));
    await refused(() => asSystem('sweep', () => native().deleteMany({})));
    await refused(() => asSystem('sweep', () => native().drop()));
  });

  it('a purge may remove', async () => {
    await asSystem('purge.retention', () => native().deleteMany({ _id: 'o1' }));
    expect(await layer.stored('orders')).toEqual([]);
  });
});
