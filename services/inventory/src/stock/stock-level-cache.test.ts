import { createManualClock } from '@holdfast/shared/testing';
import { expect, it } from 'vitest';
import { severalLevelsMs } from '../limits.ts';
import { emptyLevel } from './stock-level.ts';
import { createStockLevelCache } from './stock-level-cache.ts';

const now = new Date('2026-01-01T00:00:00Z');
const level = emptyLevel('ten_a', 'var_a', 'loc_a', now);
const second = emptyLevel('ten_a', 'var_a', 'loc_b', now);
const variant = { tenantId: 'ten_a', variantId: 'var_a' };
const priorities = new Map([
  ['loc_a', 1],
  ['loc_b', 2],
]);
const alone = { levels: [level], priorities: new Map() };
const read = { isRead: true };

it('finds the levels of all variants or none, and none of another tenant', () => {
  const cache = createStockLevelCache(createManualClock());
  cache.keep([variant], alone, read);
  expect(cache.find([variant])).toEqual(alone);
  expect(cache.find([variant, { ...variant, variantId: 'var_b' }])).toBeUndefined();
  expect(cache.find([{ ...variant, tenantId: 'ten_b' }])).toBeUndefined();
});

it('leaves a contested variant alone for a second', async () => {
  const clock = createManualClock();
  const cache = createStockLevelCache(clock);
  cache.keep([variant], alone, read);
  cache.contest([variant]);
  cache.keep([variant], alone, read);
  expect(cache.find([variant])).toBeUndefined();
  await clock.advance(1_001);
  expect(cache.find([variant])).toEqual(alone);
});

it('knows several levels of a variant for a while after they were read, however often they are written', async () => {
  const clock = createManualClock();
  const cache = createStockLevelCache(clock);
  const both = { levels: [level, second], priorities };
  cache.keep([variant], both, read);
  await clock.advance(severalLevelsMs - 1);
  cache.keep([variant], both, { isRead: false });
  expect(cache.find([variant])).toEqual(both);
  await clock.advance(1);
  expect(cache.find([variant])).toBeUndefined();
  cache.keep([variant], alone, { isRead: false });
  await clock.advance(severalLevelsMs * 10);
  expect(cache.find([variant])).toEqual(alone);
});
