// The development stack for others to use: real servers for tests, the whole platform for end-to-end, chaos and load.
export { type MongodOptions, startMongod } from './mongod.ts';
export { type Platform, type PlatformOptions, type PlatformProcess, startPlatform } from './platform.ts';
export { freePort } from './ports.ts';
export { type RedisKind, type RedisOptions, startRedis } from './redis.ts';
export type { ServerHandle } from './server.ts';
export { type Component, stack } from './stack.ts';
export type { Happening } from './supervisor.ts';
