// Time that passes only when a test says so. Invariant: timers run in their order,
// and what one of them causes is done before the next.
import type { Clock } from '../values/index.ts';

export interface ManualClock extends Clock {
  /** Lets `ms` pass; resolves when everything that was due has run and its promises have settled. */
  advance(ms: number): Promise<void>;
  /** Timers that are waiting. */
  readonly timerCount: number;
}

/** A clock that starts at 1970 and stands still. */
export function createManualClock(): ManualClock {
  let nowMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly work: () => void }>();
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  const nextBefore = (untilMs: number) =>
    [...timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  return {
    now: () => new Date(nowMs),
    monotonicMs: () => nowMs,
    after(ms, work) {
      const timer = { atMs: nowMs + ms, work };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    nextTurn: (work) => void setImmediate(work),
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settled();
      for (let timer = nextBefore(untilMs); timer; timer = nextBefore(untilMs)) {
        timers.delete(timer);
        nowMs = timer.atMs;
        timer.work();
        await settled();
      }
      nowMs = untilMs;
    },
    get timerCount() {
      return timers.size;
    },
  };
}
