// How hard pressed the process is: 0 is not at all; from 1 on lists are shed, from 2 reads, from 3 writes, from 4
// sign-ins.
import { performance } from 'node:perf_hooks';
import { loopBusyMin, loopDelaySteps, loopLookMs, loopStandingLooks, slotWaitingSteps } from '../limits.ts';
import type { Slots } from '../slots/slots.ts';

/** How many of these steps a value has reached. */
function stepsOf(value: number, steps: readonly number[]): number {
  return steps.filter((step) => value >= step).length;
}

/** The pressure of a line for slots. One tenant alone cannot raise it: its line ends below the first step. */
export function queuePressure({ waiting, limits }: Pick<Slots, 'waiting' | 'limits'>): number {
  const count = waiting();
  return count === 0 ? 0 : stepsOf(count / limits.waitingMax, slotWaitingSteps);
}

/** What one look at the event loop saw: how late it came, and the share of the time that the loop was busy. */
export type Look = { lateMs: number; busy: number };

/**
 * The pressure of the event loop: of the delay that stood for some looks, so that one long turn sheds nothing, and only
 * of a busy loop: a process that was stopped, and not overloaded, is late as well.
 */
export function createLoopPressure(): { add(look: Look): void; level(): number } {
  let looks: number[] = [];
  let level = 0;
  return {
    add({ lateMs, busy }) {
      looks = [...looks.slice(1 - loopStandingLooks), busy >= loopBusyMin ? lateMs : 0];
      level = looks.length < loopStandingLooks ? 0 : stepsOf(Math.min(...looks), loopDelaySteps);
    },
    level: () => level,
  };
}

/** Looks at this process's event loop at a steady pace; `stop` ends it. */
export function watchLoop(): { level(): number; stop(): void } {
  const pressure = createLoopPressure();
  let lastMs = performance.now();
  let before = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const now = performance.eventLoopUtilization();
    const { utilization: busy } = performance.eventLoopUtilization(now, before);
    pressure.add({ lateMs: nowMs - lastMs - loopLookMs, busy });
    lastMs = nowMs;
    before = now;
  }, loopLookMs).unref();
  return { level: pressure.level, stop: () => clearInterval(timer) };
}
