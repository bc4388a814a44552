// Golden ids: a change of what an id is derived from would place a retried order twice.
import { systemClock } from '@holdfast/shared/values';
import { expect, it } from 'vitest';
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
      lines: [{ variantId: 'var_golden', quantity: 1 }],
    },
    {
      store,
      storing,
      clock: systemClock,
      memory: createOrderMemory({ store, clock: systemClock }),
      inserter: { add: noDatabase, drain: async () => {}, waiting: 0 },
      variants: { find: noDatabase },
      customers: { exists: noDatabase },
    },
  );
  expect([...storing.keys()]).toEqual(['ord_vphedvpucnpynze62d4igtrxgy']);
  await expect(placing).rejects.toThrow('no database');
});
