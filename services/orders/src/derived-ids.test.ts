// Golden ids: a change of what an id is derived from would place a retried order twice.
import { systemClock } from '@holdfast/shared/values';
import { expect, it } from 'vitest';
import { cancelOrder } from './orders/cancel-order.ts';
import { createOrderChanges } from './orders/change-order.ts';
import { newOrder } from './orders/new-order.ts';
import { createOrderMemory } from './orders/order-memory.ts';
import { type Placed, placeOrder } from './orders/place-order.ts';

it('an order has the id that its caller and key always led to', async () => {
  const store = { read: async () => undefined, countUndecided: async () => new Map<string, number>() };
  const storing = new Map<string, Promise<Placed>>();
  const noDatabase = async () => {
    throw new Error('no database');
  };
  const placing = placeOrder(
    {
      tenantId: 'ten_golden',
      callerId: 'usr_golden',
      key: 'key-golden',
      requestHash: 'hash',
      customerId: 'usr_golden',
      onBehalf: false,
      onlyForSale: false,
      lines: [{ variantId: 'var_golden', quantity: 1 }],
    },
    {
      store,
      storing,
      clock: systemClock,
      memory: createOrderMemory({ store, clock: systemClock }),
      inserter: { add: noDatabase, drain: async () => {}, waiting: 0 },
      variants: { find: noDatabase },
      settings: { of: noDatabase },
      customers: { exists: noDatabase },
      numbers: { take: noDatabase, giveBack() {} },
    },
  );
  expect([...storing.keys()]).toEqual(['ord_vphedvpucnpynze62d4igtrxgy']);
  await expect(placing).rejects.toThrow('no database');
});

it('a cancellation leaves the timeline entry that its key always led to', async () => {
  const [tenantId, orderId, actor] = ['ten_golden', 'ord_golden', 'usr_golden'];
  const total = { amount: 1, currency: 'EUR' };
  const lines = [{ variantId: 'var_1', sku: 'A', name: 'A', quantity: 1, unitPrice: total, total }];
  const facts = { id: orderId, tenantId, placedBy: actor, customerId: null, requestHash: 'h', entryId: 'tml_1' };
  const order = newOrder({ ...facts, lines, total, decisionWindowMs: 900_000, now: new Date(0) });
  const store = {
    read: async () => order,
    readMany: async () => new Map(),
    apply: async () => 1,
    countUndecided: async () => new Map<string, number>(),
  };
  const memory = createOrderMemory({ store, clock: systemClock });
  const changes = createOrderChanges({ store, memory, clock: systemClock });
  const key = { key: 'key-golden', requestHash: 'hash' };
  const { order: after } = await cancelOrder({ tenantId, orderId, actor, reason: 'no', key }, changes);
  expect(after.timeline.at(-1)).toMatchObject({ id: 'tml_wekujp425qim67w2qudbs6xgoq', requestHash: 'hash' });
});
