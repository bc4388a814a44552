// Numbers of orders on a real server.
import { newId } from '@holdfast/shared/values';
import { afterAll, expect, it } from 'vitest';
import { openFixture } from '../orders.fixture.ts';
import { openOrderCounters } from './order-numbers.store.ts';
import { createOrderNumbers } from './order-numbers.ts';

const { deps, close } = await openFixture();
afterAll(close);
const openProcess = () => createOrderNumbers({ counters: openOrderCounters(deps.database), clock: deps.orders.clock });

it('are never the same from several processes, those that have ended included', async () => {
  const tenantId = newId('ten');
  const given: number[] = [];
  for (let generation = 0; generation < 3; generation++) {
    const processes = [openProcess(), openProcess(), openProcess()];
    given.push(...(await Promise.all(Array.from({ length: 300 }, (_, n) => processes[n % 3]!.take(tenantId)))));
  }
  expect(new Set(given).size).toBe(900);
  expect(Math.min(...given)).toBe(1_001);
});

it('of each business begin anew', async () => {
  const numbers = openProcess();
  const [one, other] = [newId('ten'), newId('ten')];
  expect([await numbers.take(one), await numbers.take(other), await numbers.take(one)]).toEqual([1_001, 1_001, 1_002]);
});
