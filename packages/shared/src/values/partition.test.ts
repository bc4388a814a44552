import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { newId } from './ids.ts';
import { partitionCount, partitionOf } from './partition.ts';

it('is the first 4 bytes of the hash, as streams that exist expect it', () => {
  expect(['tenant-1', 'tenant-2', 'ten_a'].map(partitionOf)).toEqual([3, 5, 6]);
  for (let n = 0; n < 1_000; n += 1) {
    const tenantId = newId('ten');
    const bytes = createHash('sha256').update(tenantId).digest();
    expect(partitionOf(tenantId)).toBe(bytes.readUInt32BE(0) % partitionCount);
  }
});
