// What INFO must say of a Redis that carries streams.
import { expect, test } from 'vitest';
import { assertDurable } from './durable.ts';

const answering = (policy: string, aof: string) => ({
  info: async (section: string) => (section === 'memory' ? `maxmemory_policy:${policy}\r\n` : `aof_enabled:${aof}\r\n`),
});

test('a server that never evicts and keeps a file is durable', async () => {
  await expect(assertDurable(answering('noeviction', '1'))).resolves.toBeUndefined();
});

test('a server that may evict, or that keeps no file is refused', async () => {
  await expect(assertDurable(answering('allkeys-lru', '1'))).rejects.toThrow(/noeviction/);
  await expect(assertDurable(answering('noeviction', '0'))).rejects.toThrow(/append-only file/);
});
