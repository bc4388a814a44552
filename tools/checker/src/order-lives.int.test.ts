// What the checker finds of orders that were paid, shipped and returned: each kind of violation, planted alone.
import { testServers } from '@holdfast/shared/testing';
import type { mongo } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkInstallation } from './check-installation.ts';
import { facts, type Planted, plantInstallation } from './installation.fixture.ts';

let planted: Planted;
beforeAll(async () => {
  planted = await plantInstallation(testServers().mongodbUri);
});
afterAll(() => planted.close());
beforeEach(() => planted.plant());

const { orders, variantId, locationId, history } = facts;
const money = (amount: number) => ({ amount, currency: 'EUR' });
const units = (quantity: number, at = locationId) => ({ variantId, locationId: at, quantity });
const change = (service: 'orders' | 'inventory', id: string, fields: object) =>
  planted
    .db(service)
    .collection<mongo.Document>(service === 'orders' ? 'orders' : 'reservations')
    .updateOne({ _id: id as never }, { $set: fields });
const order = (fields: object, id = orders.shipped) => change('orders', id, fields);
const reservation = (fields: object, id = orders.shipped) => change('inventory', id, fields);
const removeMovement = (id: string) =>
  planted
    .db('inventory')
    .collection('movements')
    .deleteOne({ _id: id as never });

async function found(): Promise<string[]> {
  const report = await checkInstallation(planted.installation, { convergeMs: 300, history });
  return report.violations.map(({ invariant, kind, id }) => `${invariant} ${kind} ${id}`);
}

type Plant = [what: string, plant: () => Promise<unknown>, finds: string];

async function expectFound(plant: () => Promise<unknown>, kind: string): Promise<void> {
  await plant();
  expect(await found()).toContain(`${kind} ${orders.shipped}`);
}

describe('parcels and returns', () => {
  const plants: Plant[] = [
    ['a parcel that inventory never saw', () => reservation({ parcels: [] }), 'I4 order.parcels'],
    ['a parcel that orders does not know', () => order({ fulfilments: [] }), 'I4 order.parcels'],
    [
      'a parcel of other quantities',
      () => order({ fulfilments: [{ id: 'ful_1', lines: [units(2)] }] }),
      'I4 order.parcels',
    ],
    ['a return that was never booked', () => reservation({ restocks: [] }), 'I4 order.restocks'],
    [
      'more shipped than was ordered',
      () => order({ lines: [{ variantId, quantity: 3, cancelled: 1, total: money(30) }] }),
      'I4 order.shipped',
    ],
    [
      'more back than was shipped',
      () => order({ 'returns.0.receipt.lines': [{ ...units(4), condition: 'new', restock: true }] }),
      'I4 order.returned',
    ],
    ['a shipped order that still holds', () => reservation({ state: 'held' }), 'I4 order.state'],
    [
      'an order of which more is held than is left to ship',
      async () => {
        await order({ status: 'PARTIALLY_SHIPPED', lines: [{ variantId, quantity: 5, total: money(30) }] });
        await reservation({ state: 'held', allocations: [units(3)] });
      },
      'I4 order.lines',
    ],
    ['a parcel that moved nothing', () => removeMovement('mov_7'), 'I6 order.moved'],
    [
      'a parcel from where nothing moved',
      () => reservation({ parcels: [{ id: 'ful_1', lines: [units(3), units(1, 'loc_b')] }] }),
      'I6 order.not_moved',
    ],
  ];
  it.each(plants)('%s', (_what, plant, finds) => expectFound(plant, finds));

  it('are right in every state', async () => {
    for (const [status, state] of [
      ['DELIVERED', 'consumed'],
      ['AWAITING_PAYMENT', 'held'],
      ['CONFIRMED', 'held'],
      ['EXPIRED', 'released'],
    ] as const) {
      await planted.plant();
      const id = status === 'DELIVERED' ? orders.shipped : status === 'EXPIRED' ? orders.cancelled : orders.confirmed;
      await order({ status }, id);
      await reservation({ state }, id);
      expect((await found()).filter((line) => line.startsWith('I4'))).toEqual([]);
    }
  });

  it('of an order that is being edited are compared when inventory has answered', async () => {
    await order({ pending: { kind: 'edit', request: 2 }, request: 2 }, orders.confirmed);
    expect(await found()).toEqual([]);
    await order({ pending: null }, orders.confirmed);
    expect(await found()).toContain(`I4 order.request ${orders.confirmed}`);
  });
});

describe('what clients were told of changes', () => {
  const told = (operation: 'change' | 'cancel', answer: object) => {
    const asked = { tenantId: facts.tenantId, callerId: 'usr_staff', key: 'k', sentAt: 1, answeredAt: 2 };
    return { operation, ...asked, result: 'ok' as const, id: orders.shipped, ...answer };
  };
  const check = async (...attempts: ReturnType<typeof told>[]) => {
    const report = await checkInstallation(planted.installation, {
      convergeMs: 300,
      history: [...history, ...attempts],
    });
    return report.violations.map(({ invariant, kind, id }) => `${invariant} ${kind} ${id}`);
  };
  const parcel = { field: 'fulfilments' as const, id: 'ful_1' };

  it('is in the order', async () => {
    expect(await check(told('change', { part: parcel, version: 3 }), told('cancel', {}))).toEqual([]);
  });

  it.each([
    ['a parcel that is gone', told('change', { part: { ...parcel, id: 'ful_2' } })],
    ['a version that is gone', told('change', { version: 9 })],
    ['a payment that is gone', told('change', { part: { field: 'payments', id: 'pay_1' } })],
    ['a cancellation that was taken back', told('cancel', { id: orders.confirmed })],
    ['an order that is gone', told('change', { id: 'ord_none' })],
  ])('%s', async (_what, attempt) => {
    expect(await check(attempt)).toEqual([`I2 lost ${attempt.id}`]);
  });

  it('two parcels of one key', async () => {
    await order({
      fulfilments: [
        { id: 'ful_1', lines: [units(3)] },
        { id: 'ful_2', lines: [] },
      ],
    });
    const second = told('change', { part: { ...parcel, id: 'ful_2' } });
    expect(await check(told('change', { part: parcel }), second)).toContain(`I3 replay ${orders.shipped}`);
  });
});

describe('money', () => {
  const plants: Plant[] = [
    ['a total that its lines and charges do not make', () => order({ charges: [] }), 'I4 order.total'],
    [
      'a sum that its records do not make',
      () => order({ 'payment.captured': 46, 'payment.refundDue': 11 }),
      'I4 order.money',
    ],
    [
      'more refunded than was captured',
      () =>
        order({
          'payment.refunded': 50,
          'payment.refundDue': 0,
          payments: [
            { kind: 'captured', amount: money(45) },
            { kind: 'refunded', amount: money(50) },
          ],
        }),
      'I4 order.money',
    ],
    ['a refund for a return that took what was due', () => order({ 'payment.refundDue': 0 }), 'I4 order.money'],
    ['money that is due back, and nobody says so', () => order({ status: 'CANCELLED' }), 'I4 order.money'],
    [
      'payments without sums',
      () =>
        planted
          .db('orders')
          .collection('orders')
          .updateMany({}, { $unset: { payment: '' } }),
      'I4 order.money',
    ],
  ];
  it.each(plants)('%s', (_what, plant, finds) => expectFound(plant, finds));
});
