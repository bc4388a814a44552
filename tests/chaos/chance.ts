// Seeded chance: the same seed makes the same choices, so that a failed run can be made again.

export type Chance = {
  /** Uniform in [0, 1). */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  pick<T>(items: readonly T[]): T;
  /** True with this probability. */
  happens(probability: number): boolean;
  shuffled<T>(items: readonly T[]): T[];
  /** A chance of its own that does not disturb this one. */
  fork(name: string): Chance;
};

/** Mulberry32 over a seed: small, fast, and the same everywhere. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  const pick = <T>(items: readonly T[]): T => items[between(0, items.length - 1)]!;
  return {
    next,
    between,
    pick,
    happens: (probability) => next() < probability,
    shuffled(items) {
      const left = [...items];
      const dealt: (typeof left)[number][] = [];
      while (left.length > 0) dealt.push(...left.splice(between(0, left.length - 1), 1));
      return dealt;
    },
    fork: (name) =>
      createChance([...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619), seed)),
  };
}
