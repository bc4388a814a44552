// What was asked for on the command line: which scenarios, at which pace, compared with what.
import { parseArgs } from 'node:util';
import { idle } from './scenarios/idle.ts';
import { imports } from './scenarios/imports.ts';
import { pages } from './scenarios/pages.ts';
import { s1 } from './scenarios/s1-spread.ts';
import { s2 } from './scenarios/s2-flash-sale.ts';
import { s2b } from './scenarios/s2b-sold-out.ts';
import { s3 } from './scenarios/s3-bundles.ts';
import { s5 } from './scenarios/s5-retry-storm.ts';
import { s6 } from './scenarios/s6-gateway-hop.ts';
import { s7, s7Million } from './scenarios/s7-reads.ts';
import { s8 } from './scenarios/s8-lists-at-size.ts';
import { s10 } from './scenarios/s10-noisy-neighbour.ts';
import { s11 } from './scenarios/s11-orders-at-size.ts';
import type { Pace, Scenario, Segment } from './segment.ts';

/** In this order a round runs them. */
export const scenarios: readonly Scenario[] = [
  idle,
  s1,
  s2,
  s2b,
  s3,
  s5,
  s6,
  s7,
  s7Million,
  s8,
  s10,
  s11,
  pages,
  imports,
];

const dataSet = { tenants: 50, variantsPerTenant: 200, stock: 1_000_000 };

export const fullPace: Pace = {
  rounds: 5,
  warmUpRounds: 1,
  seconds: 6,
  idleOrders: 300,
  hotUnits: 10_000,
  bundleOrders: 8_000,
  dataSet,
  listSizes: [10_000, 100_000, 1_000_000],
  importRows: 100_000,
};
/** Everything within three minutes: enough to see that it works and about how fast. */
export const quickPace: Pace = {
  rounds: 2,
  warmUpRounds: 1,
  seconds: 1.5,
  idleOrders: 60,
  hotUnits: 1_000,
  bundleOrders: 1_000,
  dataSet,
  listSizes: [10_000, 100_000],
  importRows: 10_000,
};

/** A profile is of one long round, so that what it shows is the load and not the start. */
const profilePace: Partial<Pace> = { rounds: 1, seconds: 10 };

export type Options = {
  pace: Pace;
  quick: boolean;
  /** Services write CPU profiles; their rates are then not comparable with those of other runs. */
  profile: boolean;
  /** A git ref whose platform is measured in the same rounds. */
  against: string | undefined;
  scenarios: readonly Scenario[];
};

const flags = { quick: { type: 'boolean' }, profile: { type: 'boolean' }, against: { type: 'string' } } as const;

/** Reads the arguments; throws with the names that there are when one is unknown. */
export function readOptions(args: readonly string[]): Options {
  const { positionals, values } = parse(args);
  const { quick = false, profile = false, against } = values;
  const names = positionals.map((name) => name.toLowerCase());
  const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown.length > 0) throw notUnderstood(unknown.join(', '));
  if (profile && against !== undefined) throw notUnderstood('--profile of two platforms at once');
  const pace = { ...(quick ? quickPace : fullPace), ...(profile ? profilePace : {}) };
  const wanted = names.length > 0 ? scenarios.filter(({ name }) => names.includes(name)) : scenarios;
  return { pace, quick, profile, against, scenarios: wanted };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: true });
  } catch (error) {
    throw notUnderstood((error as Error).message);
  }
}

function notUnderstood(what: string): Error {
  const known = scenarios.map(({ name }) => name).join(', ');
  return new Error(`unknown: ${what}; there are ${known}, --quick, --profile and --against <git ref>`);
}

/**
 * The segments of these scenarios, each once, in the order of a round:
 * a baseline stands next to what it is compared with.
 */
export function segmentsOf(wanted: readonly Scenario[]): Segment[] {
  return [...new Set(wanted.flatMap(({ segments }) => segments))];
}
