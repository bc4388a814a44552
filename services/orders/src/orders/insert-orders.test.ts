// How new orders are put together into inserts.
import { expect, it } from 'vitest';
import { insertBytesMax } from '../limits.ts';
import { createOrderInserter } from './insert-orders.ts';
import type { OrderDocument } from './order.store.ts';

it('counts what clients name freely: orders with much of it go in smaller inserts', async () => {
  const sizes: number[] = [];
  const store = {
    async insert(documents: OrderDocument[]) {
      sizes.push(documents.length);
      return documents.map(() => 'inserted' as const);
    },
  };
  const inserter = createOrderInserter(store);
  const metadata = new Map(Array.from({ length: 50 }, (_, n) => [`key-${n}`, 'x'.repeat(500)]));
  const order = (n: number) =>
    ({ _id: `ord_${n}`, tenantId: 'ten_a', lines: [{}], metadata }) as unknown as OrderDocument;
  await Promise.all(Array.from({ length: 64 }, (_, n) => inserter.add(order(n))));
  // 50 values of 500 characters, which may take three bytes each.
  expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.ceil(insertBytesMax / (50 * 500 * 3)));
  expect(sizes.reduce((sum, size) => sum + size)).toBe(64);
});
