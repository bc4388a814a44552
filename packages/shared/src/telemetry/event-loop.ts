// How late the event loop is. Node looks at it at a steady pace and records the time between two looks, pace included:
// what is late is the rest. So an idle loop reads 0, not the pace.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from '@prometheus-io/client';
import { eventLoopLookMs } from './limits.ts';

type Looks = { percentile(percentile: number): number; max: number; count: number };
const nsPerSecond = 1e9;
const quantiles = { '0.5': 50, '0.9': 90, '0.99': 99 } as const;

/** Seconds by which the loop was late, by quantile, of looks whose intervals are nanoseconds. */
export function readDelays(looks: Looks, lookMs: number): Record<string, number> {
  const late = (ns: number) => (looks.count === 0 ? 0 : Math.max(0, ns / nsPerSecond - lookMs / 1_000));
  const delays = Object.entries(quantiles).map(([name, percentile]) => [name, late(looks.percentile(percentile))]);
  return { ...Object.fromEntries(delays), '1': late(looks.max) };
}

/**
 * Adds `holdfast_event_loop_delay_seconds`, by quantile since the last scrape;
 * takes away what the client library says of it.
 */
export function addEventLoopDelay(registry: Registry): void {
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith('nodejs_eventloop_lag')) registry.removeSingleMetric(name);
  }
  const looks = monitorEventLoopDelay({ resolution: eventLoopLookMs });
  looks.enable();
  new Gauge({
    name: 'holdfast_event_loop_delay_seconds',
    help: 'How late the event loop was since the last scrape.',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      for (const [quantile, seconds] of Object.entries(readDelays(looks, eventLoopLookMs)))
        this.set({ quantile }, seconds);
      looks.reset();
    },
  });
}
