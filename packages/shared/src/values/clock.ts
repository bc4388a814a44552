// Time and chance as arguments, so that a decider stays a pure function and a simulator can drive both.
export type Clock = { now(): Date };
export const systemClock: Clock = { now: () => new Date() };

/** Uniform in [0, 1). */
export type Random = { next(): number };
export const systemRandom: Random = { next: () => Math.random() };
