import { expect, it } from 'vitest';
import {
  readsWaitingMax,
  readsWaitingPerTenantMax,
  requestsWaitingMax,
  requestsWaitingPerTenantMax,
} from '../limits.ts';
import { createWaitingBudget, type WaitingKind } from './waiting-budget.ts';

/** How many of `count` requests may wait, and how they leave. */
function fill(budget: ReturnType<typeof createWaitingBudget>, kind: WaitingKind, count: number, tenantId = 'ten_a') {
  const leaves = Array.from({ length: count }, () => budget.enter(tenantId, kind)).filter(
    (leave) => leave !== undefined,
  );
  return { count: leaves.length, leave: () => void leaves.map((leave) => leave()) };
}
const tenants = Array.from({ length: 64 }, (_, n) => `ten_${n}`);
const sumOf = (counts: number[]) => counts.reduce((sum, count) => sum + count, 0);

it('one tenant leaves room for others', () => {
  const budget = createWaitingBudget();
  expect(fill(budget, 'placement', 1_000).count).toBe(requestsWaitingPerTenantMax);
  expect(fill(budget, 'placement', 10, 'ten_b').count).toBe(10);
  expect(requestsWaitingPerTenantMax).toBeLessThan(requestsWaitingMax);
});

it('waiting reads leave room for placements, of a tenant and of all', () => {
  const budget = createWaitingBudget();
  expect(fill(budget, 'read', 1_000).count).toBe(readsWaitingPerTenantMax);
  expect(fill(budget, 'placement', 100).count).toBe(100);
  const reads = tenants.map((tenantId) => fill(budget, 'read', 100, tenantId).count);
  expect(readsWaitingPerTenantMax + sumOf(reads)).toBe(readsWaitingMax);
  expect(fill(budget, 'placement', 100, 'ten_b').count).toBe(100);
});

it('all together are bounded, and leave once', () => {
  const budget = createWaitingBudget();
  const filled = tenants.map((tenantId) => fill(budget, 'placement', 100, tenantId));
  expect(sumOf(filled.map(({ count }) => count))).toBe(requestsWaitingMax);
  expect(budget.count).toBe(requestsWaitingMax);
  expect(fill(budget, 'placement', 1, 'ten_late').count).toBe(0);
  for (const { leave } of filled) leave();
  for (const { leave } of filled) leave();
  expect(budget.count).toBe(0);
  expect(fill(budget, 'placement', 1_000).count).toBe(requestsWaitingPerTenantMax);
});
