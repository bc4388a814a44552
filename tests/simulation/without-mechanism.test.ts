// The simulation bites: with a mechanism removed, some seed of a few hundred finds a violation.
import { expect, it } from 'vitest';
import type { Weakness } from './lab/platform.ts';
import { simulate } from './lab/simulate.ts';

const seedCountMax = 400;
const removed: [string, Weakness][] = [
  ['the number of a request in inventory', { noRequestNumber: true }],
  ['the match with the pending request in orders', { noPendingMatch: true }],
];

it.each(removed)('without %s a violation is found', { timeout: 300_000 }, async (_name, weakness) => {
  let found: string | undefined;
  for (let seed = 1; seed <= seedCountMax && found === undefined; seed++) {
    found = (await simulate(seed, { weakness })).violation;
  }
  expect(found).toBeDefined();
});
