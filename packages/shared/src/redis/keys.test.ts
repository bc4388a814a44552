import { expect, test } from 'vitest';
import {
  cacheKey,
  cursorsKey,
  cutOffKey,
  leaseKey,
  membersKey,
  positionKey,
  relayLeaseKey,
  streamKey,
  tenantKey,
} from './keys.ts';

test('what one script touches shares a hash slot', () => {
  const stream = streamKey('g1', 'orders', 3);
  expect(stream).toBe('{events:orders:g1:3}');
  expect([positionKey(stream), cursorsKey(stream), cutOffKey(stream)].every((key) => key.startsWith(stream))).toBe(
    true,
  );
  expect(streamKey('g1', 'public', 15)).toBe('{public:g1:15}');
});

test('every key starts with its tenant, or is global and carries the generation', () => {
  expect(tenantKey('ten_1', 'bucket', 'orders.place')).toBe('t:ten_1:bucket:orders.place');
  expect(cacheKey('ten_1', 'stamp', 'list')).toBe('t:{ten_1}:cache:stamp:list');
  expect(leaseKey('g2', 'inventory', 7)).toBe('lease:g2:inventory:7');
  expect(relayLeaseKey('g2', 'orders')).toBe('lease:g2:relay:orders');
  expect(membersKey('g2', 'inventory')).toBe('members:g2:inventory');
});
