// The simulation bites: with a mechanism removed some seed of a few hundred finds a violation; and where two mechanisms
// guard the same thing, either is enough.
import { describe, expect, it } from 'vitest';
import { noFaults } from './lab/calls.ts';
import type { FilterSwitch } from './lab/mongo-driver.ts';
import { everything } from './lab/nemesis.ts';
import type { Weakness } from './lab/platform.ts';
import { type Settings, simulate } from './lab/simulate.ts';

const seedCountMax = 400;
const timeout = 300_000;

/** Filters of one collection without some of their fields: the write no longer asks for them. */
function without(collection: string, ...fields: string[]): FilterSwitch {
  return (name, filter) =>
    name === collection
      ? Object.fromEntries(Object.entries(filter).filter(([field]) => !fields.includes(field)))
      : filter;
}

async function firstViolation(settings: Settings, seedCount = seedCountMax): Promise<string | undefined> {
  for (let seed = 1; seed <= seedCount; seed += 1) {
    const { violation } = await simulate(seed, settings);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

// Nothing but requests that are still in flight when everybody has given them up.
const onlyLate: Settings = { faults: { ...noFaults, slow: 0.04, late: 0.05 }, weights: {} };
// Outcomes that wait while their orders are asked for again.
const manyReminders: Settings = {
  weights: { 'reminder-jump': 8, pause: 4, crash: 2 },
  nemesisMs: 900,
  plan: { initialStockMax: 2, isPlain: true },
};

const removed: [name: string, what: string | RegExp, weakness: Weakness, settings?: Settings][] = [
  [
    'the version filter on levels, and the unique number of a movement',
    /^(I1|level)/,
    { filter: without('stock_levels', 'version'), noSequenceIndex: true },
  ],
  ['the version filter on orders', /^order/, { filter: without('orders', 'version') }],
  ['the compare-and-set of cursors', /^(cursor|I5|I6)/, { filter: without('cursors', 'lastId', 'epoch') }],
  [
    'the last id in the compare-and-set of cursors',
    /^(cursor|I5|I6)/,
    { filter: without('cursors', 'lastId') },
    onlyLate,
  ],
  ['the epoch of owners', /was moved by .* had taken it over$/, { filter: without('cursors', 'epoch') }],
  ['the position compare of appends', /^(stream|I5)/, { append: { ignoresPosition: true } }],
  ['the number of a request in inventory', /^(I4|demand)/, { noRequestNumber: true }, manyReminders],
  ['the match with the pending request in orders', /^order/, { noPendingMatch: true }],
];

describe('without', () => {
  it.each(removed)('%s a violation is found', { timeout }, async (_name, expected, weakness, settings) => {
    expect(await firstViolation({ ...settings, weakness })).toMatch(expected);
  });
});

describe('one of two guards is enough:', () => {
  const kept: [string, Weakness, Settings?][] = [
    [
      'the version filters, without snapshots and without the unique number',
      { noSequenceIndex: true, noSnapshots: true },
    ],
    // While nothing is re-emitted, withheld or put elsewhere: that raises a level's version without a movement.
    [
      'the unique number of a movement, without the version filter',
      { filter: without('stock_levels', 'version') },
      { weights: everything, plan: { isPlain: true } },
    ],
  ];
  it.each(kept)('%s', { timeout }, async (_name, weakness, settings) => {
    expect(await firstViolation({ ...settings, weakness }, 100)).toBeUndefined();
  });
});
