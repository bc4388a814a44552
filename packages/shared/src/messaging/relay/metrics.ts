// What a relay counts, in the process's metrics.
import type { Metrics } from '../../telemetry/index.ts';
import type { RelayMetrics } from './run-relay.ts';

/** Counters for `startRelay`. */
export function relayMetrics(metrics: Metrics): RelayMetrics {
  const restarts = metrics.kinds('relay_restarts_total', 'Restarts of the relay, by reason.');
  const alarms = metrics.kinds('relay_alarms_total', 'Alarms of the relay, by kind.');
  return {
    published: (count) => metrics.count('relay_events_total', 'Events appended to the streams.', count),
    restarted: (reason) => restarts.count(reason, 1),
    alarmed: (kind) => alarms.count(kind, 1),
  };
}
