// The health checks that every service with a database has. Only MongoDB is required: without Redis a service still does its own job.
import type { HealthCheck } from './health.ts';
import { laggingMs } from './limits.ts';

/** Required: the primary answers. */
export function databaseCheck(database: { ping(): Promise<void> }): HealthCheck {
  return {
    required: true,
    async check() {
      await database.ping();
      return { ok: true };
    },
  };
}

type RelayLike = { status(): { leading: boolean; lagMs: number; alarm?: { kind: string } | undefined } };

/** Degraded while the relay is alarmed or behind: events wait in the oplog. */
export function relayCheck(relay: RelayLike): HealthCheck {
  return {
    required: false,
    check() {
      const { leading, lagMs, alarm } = relay.status();
      return { ok: alarm === undefined && lagMs <= laggingMs, leading, lagMs, ...(alarm ? { alarm: alarm.kind } : {}) };
    },
  };
}

type ConsumerLike = {
  status(): {
    owned: readonly number[];
    lagMs: number;
    deadLetters?: number;
    alarms: readonly { reason: string }[];
  };
};

/** Degraded while a partition stands still, or events wait for long. */
export function consumerCheck(consumer: ConsumerLike): HealthCheck {
  return {
    required: false,
    check() {
      const { owned, lagMs, deadLetters = 0, alarms } = consumer.status();
      const reasons = alarms.map(({ reason }) => reason);
      return {
        ok: alarms.length === 0 && lagMs <= laggingMs,
        owned: owned.length,
        lagMs,
        deadLetters,
        alarms: reasons,
      };
    },
  };
}

type ResyncLike = { status(): { state: string; told: number; target: string } };

/** Degraded while state that consumers lack is not told again. */
export function resyncCheck(resync: ResyncLike): HealthCheck {
  return {
    required: false,
    check() {
      const { state, told, target } = resync.status();
      return { ok: state === 'idle', state, told, target };
    },
  };
}
