// Who may own which partition: heartbeats and leases in Redis. Invariant: this only spreads the work; two members that
// hold the same partition corrupt nothing, because cursors and effects are conditional.
import { acquireLease, connectRedis, leaseKey, membersKey } from '../../redis/index.ts';
import type { OwnerRegistry } from './ports.ts';

export interface RegistryOptions {
  readonly redisUrl: string;
  readonly generation: string;
  readonly service: string;
  readonly memberId: string;
  readonly leaseMs: number;
  readonly memberLifeMs: number;
}

// KEYS[1] members; ARGV: member, life in ms. Redis' own clock, because those of two machines differ. Returns how many
// are alive.
const heartbeatScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
return redis.call('ZCARD', KEYS[1])`;

/** The registry of one service's members; connects lazily and for ever. */
export function openOwnerRegistry(options: RegistryOptions): OwnerRegistry {
  const { redisUrl, generation, service, memberId, leaseMs, memberLifeMs } = options;
  const redis = connectRedis(redisUrl, { purpose: `${service}-owner` });
  const members = membersKey(generation, service);
  return {
    async heartbeat() {
      return Number(await redis.eval(heartbeatScript, 1, members, memberId, memberLifeMs));
    },
    acquire: (partition) => acquireLease(redis, leaseKey(generation, service, partition), leaseMs),
    async leave() {
      await redis.zrem(members, memberId);
    },
    close: () => redis.disconnect(),
  };
}
