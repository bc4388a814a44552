// The real relay, consumers, deciders and sweep over simulated databases and streams: a thousand seeds, no violation.
import { expect, it } from 'vitest';
import { expectNoViolation, seedsOf } from './seeds.ts';

it('keeps every invariant, whatever is lost, delayed, repeated, paused or crashed', { timeout: 300_000 }, async () => {
  const runs = await expectNoViolation(seedsOf(1001, 1_000));
  const answers = runs.flatMap((run) => [...run.answers.keys()]);
  // A run that decides nothing proves nothing.
  for (const answer of ['place CONFIRMED', 'place REJECTED', 'cancel 200', 'adjust 201']) {
    if (runs.length > 1) expect(answers).toContain(answer);
  }
});
