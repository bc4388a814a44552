// The relay of one service: from the change stream of its database to the streams of its domain, exactly once and in
// order. Here it is wired to real servers; the rules are in publish.ts, batch.ts and append-script.ts.
import { consumersOf, type StreamName } from '../../contracts/index.ts';
import type { Database } from '../../persistence/index.ts';
import { connectRedis, refuseUndurable, relayLeaseKey, tryLease } from '../../redis/index.ts';
import { type Clock, type Log, type Random, sleep, systemClock, systemRandom } from '../../values/index.ts';
import { mongoChangeLog } from './change-log.store.ts';
import { redisEventStreams } from './event-streams.ts';
import { agreeRetryMs, leaseTtlMs } from './limits.ts';
import type { Leadership, RelayPorts } from './ports.ts';
import { type Relay, type RelayMetrics, runRelay } from './run-relay.ts';

export interface StartRelayOptions {
  /** The service's own database, with `messagingCollections.global` declared. */
  readonly database: Pick<Database, 'db' | 'openWatcher'>;
  /** The streams' Redis: noeviction, append-only file. */
  readonly redisUrl: string;
  readonly domain: StreamName;
  /** Generation of the streams; default `g1`. */
  readonly generation?: string | undefined;
  readonly log: Log;
  readonly metrics?: RelayMetrics | undefined;
  /** Platform consumers; default those of the contract. */
  readonly consumers?: readonly string[];
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Leadership by a lease in Redis. */
export function leaseLeadership(redisUrl: string, generation: string, domain: string): Leadership {
  const redis = connectRedis(redisUrl, { purpose: `relay-lease-${domain}` });
  return {
    take: () => tryLease(redis, relayLeaseKey(generation, domain), leaseTtlMs),
    close: () => redis.disconnect(),
  };
}

/**
 * Starts the relay; resolves when the very first start is agreed (before that the service must not take writes).
 * Redis may be down. Throws when it is there and not durable.
 */
export async function startRelay(options: StartRelayOptions): Promise<Relay> {
  const { database, redisUrl, domain, generation = 'g1', clock = systemClock, log, metrics } = options;
  await refuseUndurable(redisUrl, log);
  const changeLog = mongoChangeLog({ database, domain, generation });
  for (;;) {
    try {
      await changeLog.agree();
      break;
    } catch (error) {
      log.warn({ domain, reason: (error as Error).message }, 'the start of the relay is not agreed yet');
      await sleep(clock, agreeRetryMs);
    }
  }
  const ports: RelayPorts = {
    changeLog,
    streams: redisEventStreams({ redisUrl, domain, generation }),
    leadership: leaseLeadership(redisUrl, generation, domain),
    clock,
    random: options.random ?? systemRandom,
    log,
  };
  return runRelay(ports, { domain, consumers: options.consumers ?? consumersOf[domain], metrics });
}
