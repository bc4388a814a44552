import { expect, it } from 'vitest';
import { createShares } from './shares.ts';

it('a tenant has its part, all have the whole, and what is given back can be taken again', () => {
  const shares = createShares({ max: 10, tenantMax: 4 });
  const give = shares.take('a', 3)!;
  expect([shares.take('a', 2), shares.take('a')].map((taken) => taken !== undefined)).toEqual([false, true]);
  expect(['b', 'c'].map((tenant) => shares.take(tenant, 3) !== undefined)).toEqual([true, true]);
  expect(shares.take('d')).toBeUndefined();
  give();
  give();
  expect(['d', 'd', 'd', 'e'].map((tenant) => shares.take(tenant) !== undefined)).toEqual([true, true, true, false]);
});
