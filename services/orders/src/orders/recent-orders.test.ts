import { expect, it } from 'vitest';
import { newOrder } from './new-order.ts';
import { createRecentOrders } from './recent-orders.ts';

const order = (id: string) =>
  newOrder({
    id,
    tenantId: 'ten_a',
    placedBy: 'usr_a',
    customerId: null,
    lines: [],
    total: { amount: 0, currency: 'EUR' },
    requestHash: 'h',
    entryId: 'tml_a',
    decisionWindowMs: 900_000,
    now: new Date(0),
  });

it('finds an order of the tenant until it is forgotten, and keeps the newest', () => {
  const recent = createRecentOrders(2);
  for (const id of ['ord_1', 'ord_2', 'ord_3']) recent.remember(order(id));
  expect(['ord_1', 'ord_2', 'ord_3'].map((id) => recent.find('ten_a', id)?.id)).toEqual([undefined, 'ord_2', 'ord_3']);
  expect(recent.find('ten_b', 'ord_3')).toBeUndefined();
  recent.forget(['ord_3']);
  expect(recent.find('ten_a', 'ord_3')).toBeUndefined();
});
