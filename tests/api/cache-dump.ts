// Everything that is in the cache Redis, read past the platform.
import { connectRedis } from '@holdfast/shared/redis';
import { testPlatform } from './places.ts';

/** Keys looked at in one step. */
const scanCount = 1_000;

/** The texts under all keys. Other types (none today) are told by their name. */
export async function cacheDump(): Promise<Map<string, string>> {
  const redis = connectRedis(testPlatform().urls['redis-cache']!, { purpose: 'dump' });
  try {
    const dump = new Map<string, string>();
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'COUNT', scanCount);
      for (const key of keys) {
        const type = await redis.type(key);
        // One that has just ended is none.
        if (type !== 'none') dump.set(key, type === 'string' ? ((await redis.get(key)) ?? '') : type);
      }
      cursor = next;
    } while (cursor !== '0');
    return dump;
  } finally {
    redis.disconnect();
  }
}
