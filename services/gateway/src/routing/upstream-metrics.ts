// What the metrics tell of the services behind the gateway.
import type { ServiceName } from '@holdfast/shared/contracts';
import type { Metrics } from '@holdfast/shared/telemetry';
import type { Lanes } from '../slots/lanes.ts';
import type { Slots } from '../slots/slots.ts';
import type { UpstreamPool } from './upstream-pool.ts';

/** Adds gauges of circuit breakers and slots, by upstream. */
export function measureUpstreams(
  metrics: Metrics,
  pools: Record<ServiceName, UpstreamPool>,
  lanes: Record<ServiceName, Lanes>,
): void {
  const names = Object.keys(pools) as ServiceName[];
  const replicasOf = (isCounted: (state: string) => boolean) => () =>
    Object.fromEntries(names.map((name) => [name, pools[name].states().filter(isCounted).length]));
  metrics.gaugeBy(
    'upstream_replicas_closed',
    'Replicas of a service in use: their circuit breaker is closed.',
    'upstream',
    replicasOf((state) => state === 'closed'),
  );
  metrics.gaugeBy(
    'upstream_replicas_open',
    'Replicas of a service that are passed over: open, or half open while they are probed.',
    'upstream',
    replicasOf((state) => state !== 'closed'),
  );
  const slots: [string, Slots][] = names.map((name) => [name, lanes[name].atOnce]);
  slots.push(['orders, may wait', lanes.orders.waiting]);
  const ofSlots = (read: (one: Slots) => number) => () =>
    Object.fromEntries(slots.map(([name, one]) => [name, read(one)]));
  metrics.gaugeBy(
    'slots_held',
    'Requests in flight to a service.',
    'upstream',
    ofSlots(({ held }) => held()),
  );
  metrics.gaugeBy(
    'slots_waiting',
    'Requests that wait for a slot of a service.',
    'upstream',
    ofSlots(({ waiting }) => waiting()),
  );
}
