// What one segment measured, and how segments of several rounds are compared.
import { cpuSum } from './cpu.ts';
import { type Latency, type Spread, spreadOf } from './quantile.ts';

export type Measurement = {
  /** What one figure counts: `orders`, `requests`, `refusals`. */
  counted: string;
  count: number;
  seconds: number;
  perSecond: number;
  latencyMs?: Latency | undefined;
  /** CPU microseconds per counted thing, by process. */
  cpuUs: Record<string, number>;
  /** Anything else worth telling, by name. */
  figures?: Record<string, number>;
  /** Broken invariants; a run with one is void, however fast. */
  broken: string[];
};

export type Note = { text: string; measured: Spread; unit: string };
export type Goal = Note & { met: boolean };

/** CPU microseconds of all processes together. */
export function cpuOf({ cpuUs }: Measurement): number {
  return cpuSum(cpuUs);
}

/** A figure of a segment. */
type Figure = readonly [segment: string, figure: (one: Measurement) => number];

/** The counted rounds of a run: segment -> one measurement per round. */
export class Rounds {
  readonly segments = new Map<string, Measurement[]>();

  add(segment: string, measurement: Measurement): void {
    const rounds = this.segments.get(segment) ?? [];
    rounds.push(measurement);
    this.segments.set(segment, rounds);
  }

  of(segment: string): readonly Measurement[] {
    const rounds = this.segments.get(segment);
    if (!rounds) throw new Error(`segment ${segment} was not measured`);
    return rounds;
  }

  spread(segment: string, figure: (one: Measurement) => number): Spread {
    return spreadOf(this.of(segment).map(figure));
  }

  /** Spread of the ratios a / b, each of one round: only figures of one round share their circumstances. */
  ratio(a: Figure, b: Figure): Spread {
    return this.#paired(a, b, (above, below) => above / below);
  }

  /** Spread of the differences a - b, each of one round. */
  difference(a: Figure, b: Figure): Spread {
    return this.#paired(a, b, (from, less) => from - less);
  }

  #paired(a: Figure, b: Figure, combine: (a: number, b: number) => number): Spread {
    const second = this.of(b[0]);
    return spreadOf(this.of(a[0]).map((one, round) => combine(a[1](one), b[1](second[round]!))));
  }
}

export const p99 = (one: Measurement): number => one.latencyMs?.p99 ?? Number.NaN;
export const rate = (one: Measurement): number => one.perSecond;

/** A goal on the median: at least, or at most. */
export function atLeast(text: string, least: number, measured: Spread, unit = 'x'): Goal {
  return { text: `${text} >= ${least} ${unit}`, measured, unit, met: measured.median >= least };
}

export function atMost(text: string, most: number, measured: Spread, unit = 'x'): Goal {
  return { text: `${text} <= ${most} ${unit}`, measured, unit, met: measured.median <= most };
}
