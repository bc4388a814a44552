import { expect, it } from 'vitest';
import { createManualClock } from '../testing/index.ts';
import { commandTimeoutMs, failuresMax, pauseMs } from './limits.ts';
import { emptyData, memoryStore } from './memory-store.fixture.ts';
import { patientStore } from './patient-store.ts';

function opened() {
  const clock = createManualClock();
  const inner = memoryStore(emptyData(), clock);
  const outages: unknown[] = [];
  let calls = 0;
  let isHung = false;
  const store = patientStore(
    {
      ...inner,
      read: (...asked) => {
        calls += 1;
        return isHung ? new Promise(() => {}) : inner.read(...asked);
      },
    },
    clock,
    (error) => outages.push(error),
  );
  const read = () =>
    store.read('ten_1', ['a']).then(
      () => 'read',
      (error: Error) => error.message,
    );
  const hang = (hung: boolean) => {
    isHung = hung;
  };
  return { clock, inner, store, outages, read, hang, calls: () => calls };
}

it('gives up on a store that does not answer, and after a few times in a row leaves it alone for a pause', async () => {
  const { clock, read, hang, calls, outages } = opened();
  hang(true);
  for (let n = 0; n < failuresMax; n += 1) {
    const reading = read();
    await clock.advance(commandTimeoutMs);
    expect(await reading).toContain('does not answer');
  }
  expect([await read(), calls(), outages.length]).toEqual(['the cache is left alone after failures', failuresMax, 1]);
  hang(false);
  await clock.advance(pauseMs);
  expect(await read()).toBe('read');
});

it('does not take a single failure for an outage', async () => {
  const { inner, read, outages } = opened();
  for (let n = 0; n < 2 * failuresMax; n += 1) {
    inner.outage = 'cut';
    await read().catch(() => {});
    inner.outage = 'none';
    expect(await read()).toBe('read');
  }
  expect(outages).toEqual([]);
});

it('reads an answer that was there when time was up', async () => {
  const clock = createManualClock();
  const inner = memoryStore(emptyData(), clock);
  const answer = Promise.withResolvers<void>();
  const store = patientStore({ ...inner, renew: () => answer.promise }, clock, () => {});
  // As in a process that was busy: the timer comes first, the answer in the same turn.
  clock.after(commandTimeoutMs, () => void Promise.resolve().then(() => answer.resolve()));
  const renewing = store.renew('ten_1', 'a');
  await clock.advance(commandTimeoutMs);
  await renewing;
});

it('lets a writer try in spite of a pause: other processes may reach the store', async () => {
  const { inner, store, read } = opened();
  inner.outage = 'cut';
  for (let n = 0; n < failuresMax; n += 1) await read();
  inner.outage = 'none';
  expect(await read()).toContain('left alone');
  await store.mark('ten_1', ['a'], 'w1');
  expect((await inner.read('ten_1', ['a'])).stamps[0]).toContain('w1@');
});
