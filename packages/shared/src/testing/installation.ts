// An installation of its own for each test file: names that no other file uses, on the servers of the test run.
// Invariant: no relay, owner or poison of one file reaches another.
import { randomBytes } from 'node:crypto';

/** What the services of a test show one another. */
export const internalToken = 'u7Bn2XcQ9vKs4WzHf6Mt1RyLp8JgDe3A';

/** A name that nobody else has, for a database, a generation of streams, a slug, a key. */
export function testName(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}

/** The servers of this run. */
export function testServers(): { mongodbUri: string; redisUrl: string; redisCacheUrl: string } {
  const { env } = process;
  const mongodbUri = env.HOLDFAST_TEST_MONGODB_URI;
  const redisUrl = env.HOLDFAST_TEST_REDIS_URL;
  const redisCacheUrl = env.HOLDFAST_TEST_REDIS_CACHE_URL;
  if (mongodbUri && redisUrl && redisCacheUrl) return { mongodbUri, redisUrl, redisCacheUrl };
  throw new Error('the servers of the tests are missing: run this with `npm test`');
}

/** The environment of a service with a database and streams of its own; good enough for production as well. */
export function testSettings(service: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { mongodbUri, redisUrl } = testServers();
  const name = testName(service);
  return {
    MONGODB_URI: mongodbUri,
    REDIS_URL: redisUrl,
    DATABASE_NAME: name,
    STREAM_GENERATION: name,
    // Nobody is there: who needs auth or orders is given what they would answer.
    AUTH_URL: 'http://127.0.0.1:9',
    INVENTORY_URL: 'http://127.0.0.1:9',
    ORDERS_URL: 'http://127.0.0.1:9',
    INTERNAL_TOKEN: internalToken,
    HOLDFAST_SECRET: 'k3Vq8mZx1Lw9TfRb5Yh2Nc7JdP4sGaEu',
    LOG_LEVEL: process.env.HOLDFAST_TEST_LOG ? 'debug' : 'silent',
    NODE_ENV: 'test',
    ...more,
  };
}
