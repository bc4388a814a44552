// The health checks that every service with a database has. Only MongoDB is required:
// without Redis a service still does its own job.
import type { HealthCheck } from '../http/index.ts';
import type { Relay, Resync, ServiceConsumer, Tail } from '../messaging/index.ts';
import type { Database } from '../persistence/index.ts';
import { laggingMs } from './limits.ts';

/** Required: the primary answers. */
export function databaseCheck(database: Pick<Database, 'ping'>): HealthCheck {
  return {
    required: true,
    async check() {
      await database.ping();
      return { ok: true };
    },
  };
}

/** Degraded while the relay is alarmed or behind: events wait in the oplog. */
export function relayCheck(relay: Pick<Relay, 'status'>): HealthCheck {
  return {
    required: false,
    check() {
      const { leading, lagMs, alarm } = relay.status();
      return { ok: alarm === undefined && lagMs <= laggingMs, leading, lagMs, ...(alarm ? { alarm: alarm.kind } : {}) };
    },
  };
}

/** Degraded while a partition stands still, or events wait for long. */
export function consumerCheck(consumer: Pick<ServiceConsumer, 'status'>): HealthCheck {
  return {
    required: false,
    check() {
      const { owned, lagMs, deadLetters, alarms } = consumer.status();
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

/** Degraded while a tail has not begun to follow its stream, or Redis does not answer it. */
export function tailCheck(tail: () => Pick<Tail, 'status'> | undefined): HealthCheck {
  return {
    required: false,
    check() {
      const lagMs = tail()?.status().lagMs;
      return { ok: lagMs !== undefined && lagMs <= laggingMs, ...(lagMs === undefined ? {} : { lagMs }) };
    },
  };
}

/** Degraded while state that consumers lack is not re-emitted yet. */
export function resyncCheck(resync: Pick<Resync, 'status'>): HealthCheck {
  return {
    required: false,
    check() {
      const { state, reEmitted, target } = resync.status();
      return { ok: state === 'idle', state, reEmitted, target };
    },
  };
}
