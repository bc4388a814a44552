import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
import { every, sleep, withTimeout } from './clock.ts';

describe('sleep', () => {
  it('ends after its time and not before', async () => {
    const clock = createManualClock();
    let isOver = false;
    sleep(clock, 100).then(() => {
      isOver = true;
    });
    await clock.advance(99);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(isOver).toBe(true);
  });

  it('ends when its signal aborts, and leaves nothing behind', async () => {
    const clock = createManualClock();
    const stop = new AbortController();
    const sleeping = sleep(clock, 100, stop.signal);
    stop.abort();
    await sleeping;
    await sleep(clock, 100, stop.signal);
    expect(clock.timerCount).toBe(0);
  });
});

describe('every', () => {
  it('never overlaps itself, and stopping waits for the running call', async () => {
    const clock = createManualClock();
    const running: (() => void)[] = [];
    const stop = every(clock, 100, () => new Promise((resolve) => running.push(resolve)));
    await clock.advance(1_000);
    expect(running.length).toBe(1);
    running[0]!();
    await clock.advance(0);
    await clock.advance(100);
    expect(running.length).toBe(2);
    let isStopped = false;
    const stopped = stop().then(() => {
      isStopped = true;
    });
    await clock.advance(1_000);
    expect(isStopped).toBe(false);
    running[1]!();
    await stopped;
    expect(running.length).toBe(2);
  });

  it('runs on behalf of nobody, whoever started it', async () => {
    const clock = createManualClock();
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const stop = storage.run('tenant', () => every(clock, 100, async () => void seen.push(storage.getStore())));
    await clock.advance(0);
    await clock.advance(100);
    await stop();
    expect(seen).toEqual([undefined, undefined]);
  });
});

describe('withTimeout', () => {
  it('passes on what ends in time, and leaves no timer behind', async () => {
    const clock = createManualClock();
    expect(await withTimeout(clock, 100, Promise.resolve('done'), () => 'late')).toBe('done');
    await expect(withTimeout(clock, 100, Promise.reject(new Error('failed')), () => 'late')).rejects.toThrow('failed');
    expect(clock.timerCount).toBe(0);
  });

  it('answers with the other outcome when it takes too long, and nobody hears what comes later', async () => {
    const clock = createManualClock();
    const { promise, reject } = Promise.withResolvers<string>();
    const value = withTimeout(clock, 100, promise, () => 'late');
    const failure = withTimeout(clock, 100, promise, () => {
      throw new Error('too late');
    });
    failure.catch(() => {});
    await clock.advance(100);
    expect(await value).toBe('late');
    await expect(failure).rejects.toThrow('too late');
    reject(new Error('unheard'));
    await clock.advance(0);
  });
});
