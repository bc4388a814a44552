// The real relay, consumers, deciders and sweep over simulated databases and streams: a thousand seeds, no violation,
// and a process has died in every kind of call.
import { expect, it } from 'vitest';
import { expectThousand } from './seeds.ts';

it('keeps every invariant, whatever is lost, delayed, repeated, paused or crashed', { timeout: 900_000 }, async () => {
  await expect(expectThousand(1001)).resolves.toBeUndefined();
});
