// Time and chance as arguments, so that a decider stays a pure function and a simulator can drive both.
export type Clock = { now(): Date };
export const systemClock: Clock = { now: () => new Date() };

/** Uniform in [0, 1). */
export type Random = { next(): number };
export const systemRandom: Random = { next: () => Math.random() };

/** Waiting and measuring as a port: production waits in real time, a simulator decides when time passes. */
export type Pacing = {
  /** Milliseconds since some moment; never goes back. */
  monotonicMs(): number;
  /** Calls `work` once after `ms`; the returned function calls it off. */
  after(ms: number, work: () => void): () => void;
  /** Calls `work` in the next turn of the event loop. */
  nextTurn(work: () => void): void;
};
export const systemPacing: Pacing = {
  monotonicMs: () => performance.now(),
  after(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
  nextTurn: (work) => void setImmediate(work),
};

/** Resolves after `ms`. */
export function pause(pacing: Pacing, ms: number): Promise<void> {
  return new Promise((resolve) => void pacing.after(ms, resolve));
}
