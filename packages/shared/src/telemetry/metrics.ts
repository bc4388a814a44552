// Prometheus metrics of a process: one registry, every name under `holdfast_`,
// asked for by name so that two callers share one metric.
// Invariant: labels have few values, known beforehand; ids never become labels.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { addEventLoopDelay } from './event-loop.ts';
import { durationBucketsSeconds, eventLoopLookMs, labelValuesMax, utilizationLookMs } from './limits.ts';
import { droppedLines } from './log-output.ts';

export type Labels = Readonly<Record<string, string>>;
export type Metrics = {
  /** Adds to a counter; `name` without the `holdfast_` prefix and ending in `_total`. */
  count(name: string, help: string, amount?: number, labels?: Labels): void;
  /** A gauge whose value is read when metrics are scraped. */
  gauge(name: string, help: string, read: () => number): void;
  /** The same for several things of one kind: a value for each value of the label. */
  gaugeBy(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void;
  /** A histogram of seconds; the returned function observes one duration. */
  seconds(name: string, help: string, labelNames: readonly string[]): (labels: Labels, seconds: number) => void;
  /** `{ count(name, amount) }` for a component that counts kinds of one thing: the kind is the label `kind`. */
  kinds(name: string, help: string): { count(kind: string, amount: number): void };
  /** All metrics as Prometheus text. */
  text(): Promise<string>;
  contentType: string;
};

/** The registry of a process, with the default process metrics. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({
    register: registry,
    eventLoopMonitoringPrecision: eventLoopLookMs,
    eventLoopUtilizationTimeout: utilizationLookMs,
  });
  addEventLoopDelay(registry);
  const full = (name: string) => `holdfast_${name}`;
  new Counter({
    name: full('log_lines_dropped_total'),
    help: 'Log lines that could not be written.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(droppedLines());
    },
  });
  const counters = new Map<string, Counter<string>>();

  function counter(name: string, help: string, labelNames: string[]): Counter<string> {
    let known = counters.get(name);
    if (!known) {
      known = new Counter({ name: full(name), help, labelNames, registers: [registry] });
      counters.set(name, known);
    }
    return known;
  }

  return {
    count(name, help, amount = 1, labels) {
      const known = counter(name, help, labels ? Object.keys(labels) : []);
      if (labels) known.inc({ ...labels }, amount);
      else known.inc(amount);
    },
    gauge(name, help, read) {
      new Gauge({
        name: full(name),
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    },
    gaugeBy(name, help, label, read) {
      new Gauge({
        name: full(name),
        help,
        labelNames: [label],
        registers: [registry],
        collect() {
          for (const [value, amount] of Object.entries(read())) this.set({ [label]: value }, amount);
        },
      });
    },
    seconds(name, help, labelNames) {
      const histogram = new Histogram({
        name: full(name),
        help,
        labelNames: [...labelNames],
        buckets: durationBucketsSeconds,
        registers: [registry],
      });
      return (labels, seconds) => histogram.observe(labels, seconds);
    },
    kinds(name, help) {
      const known = counter(name, help, ['kind']);
      const seen = new Set<string>();
      return {
        count(kind, amount) {
          if (seen.size < labelValuesMax) seen.add(kind);
          known.inc({ kind: seen.has(kind) ? kind : 'other' }, amount);
        },
      };
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
