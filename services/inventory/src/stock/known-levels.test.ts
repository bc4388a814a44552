import { expect, it } from 'vitest';
import { createKnownLevels } from './known-levels.ts';
import { emptyLevel } from './stock-level.ts';

const at = new Date('2026-01-01T00:00:00Z');
const level = emptyLevel('ten_a', 'var_a', 'loc_a', at);
const key = { tenantId: 'ten_a', id: level.id };

it('finds all levels or none, and none of another tenant', () => {
  const known = createKnownLevels({ now: () => at });
  known.keep([level]);
  expect(known.find([key])).toEqual([level]);
  expect(known.find([key, { tenantId: 'ten_a', id: 'lvl_other' }])).toBeUndefined();
  expect(known.find([{ ...key, tenantId: 'ten_b' }])).toBeUndefined();
});

it('leaves a contested level alone for a second', () => {
  let nowMs = at.getTime();
  const known = createKnownLevels({ now: () => new Date(nowMs) });
  known.keep([level]);
  known.contest([key]);
  known.keep([level]);
  expect(known.find([key])).toBeUndefined();
  nowMs += 1_001;
  expect(known.find([key])).toEqual([level]);
});
