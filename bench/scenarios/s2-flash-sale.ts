// S2: one variant, far fewer units than buyers, 256 in flight. Exactly as many orders are confirmed as there are units.

import { floorHot } from '../baselines/floors.ts';
import { lockPerOrderHot } from '../baselines/lock-per-order.ts';
import { refusedNote } from '../load/load.ts';
import { cpuPer, readCpu } from '../measure/cpu.ts';
import { atLeast, type Measurement, rate } from '../measure/measurement.ts';
import { notSoldOut } from '../platform/look.ts';
import type { BenchPlatform } from '../platform/platform.ts';
import { buyersOf } from '../platform/tenants.ts';
import { type Bench, loadPlatform, type Pace, type Scenario, type Segment, undecided, unexpected } from '../segment.ts';
import { spread256 } from './s1-spread.ts';

const inFlight = 256;

/** The variant of a platform that was sold out last, for those who measure refusals on it. */
const soldOut = new WeakMap<BenchPlatform, string>();
export const lastSoldOut = (platform: BenchPlatform) => soldOut.get(platform);

async function run(bench: Bench, pace: Pace): Promise<Measurement> {
  const platform = await bench.platform();
  const { tenants, reading, processes } = platform;
  const units = pace.hotUnits;
  const tenant = tenants.all[0]!;
  const variants = await tenants.addProduct(tenant, 1, units);
  await platform.untilArrived(1);
  await platform.untilQuiet();
  const before = readCpu(processes);
  let selling = before;
  // The CPU of selling ends with the first refusal: from then on refusals are in it.
  bench.generator.onNote((note) => {
    if (note === refusedNote) selling = readCpu(processes);
  });
  const load = { inFlight, buyers: buyersOf([tenant], variants), lines: 1, copies: 1, until: { orders: 2 * units } };
  const { result } = await loadPlatform(bench, load);
  bench.generator.onNote(undefined);
  soldOut.set(platform, variants[0]!);
  const confirmed = result.confirmed;
  const refused = result.statuses[409] ?? 0;
  return {
    counted: 'orders',
    count: confirmed,
    seconds: result.lastConfirmedAt,
    perSecond: confirmed / result.lastConfirmedAt,
    latencyMs: result.latencyMs,
    cpuUs: cpuPer(result.firstRefused?.confirmed ?? confirmed, before, selling),
    figures: { buyers: result.sent, 'refused/s afterwards': refused / (result.seconds - result.lastConfirmedAt) },
    broken: [
      ...unexpected(result, [201, 409]),
      ...(confirmed <= units && confirmed + undecided(result) >= units
        ? []
        : [`${confirmed} orders were confirmed of ${units} units`]),
      ...(await notSoldOut(reading, variants)),
    ],
  };
}

export const flashSale: Segment = {
  name: 'S2',
  what: 'platform, one variant, twice as many buyers as units, 256 in flight',
  run,
};

export const s2: Scenario = {
  name: 's2',
  title: 'Flash sale on one variant',
  segments: [flashSale, lockPerOrderHot, floorHot, spread256],
  goals: (rounds) => [
    atLeast(
      'confirmed orders/s / B1 on the hot variant',
      10,
      rounds.ratio([flashSale.name, rate], [lockPerOrderHot.name, rate]),
    ),
    atLeast('confirmed orders/s / S1 at 256', 1, rounds.ratio([flashSale.name, rate], [spread256.name, rate])),
  ],
};
