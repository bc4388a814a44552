import { createManualClock } from '@holdfast/shared/testing';
import { expect, it } from 'vitest';
import { emptyLevel } from './stock-level.ts';
import { createStockLevelCache } from './stock-level-cache.ts';

const level = emptyLevel('ten_a', 'var_a', 'loc_a', new Date('2026-01-01T00:00:00Z'));
const key = { tenantId: 'ten_a', id: level.id };

it('finds all levels or none, and none of another tenant', () => {
  const cache = createStockLevelCache(createManualClock());
  cache.keep([level]);
  expect(cache.find([key])).toEqual([level]);
  expect(cache.find([key, { tenantId: 'ten_a', id: 'lvl_other' }])).toBeUndefined();
  expect(cache.find([{ ...key, tenantId: 'ten_b' }])).toBeUndefined();
});

it('leaves a contested level alone for a second', async () => {
  const clock = createManualClock();
  const cache = createStockLevelCache(clock);
  cache.keep([level]);
  cache.contest([key]);
  cache.keep([level]);
  expect(cache.find([key])).toBeUndefined();
  await clock.advance(1_001);
  expect(cache.find([key])).toEqual([level]);
});
