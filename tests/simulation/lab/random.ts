// Chance from a seed. Invariant: the same seed gives the same sequence, on every machine.

export interface Chance {
  /** Uniform in [0, 1). */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number;
  between(from: number, to: number): number;
  hits(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/** A small fast counter-based generator (sfc32), seeded by one whole number. */
export function chanceOf(seed: number): Chance {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, seed | 0];
  const next = () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  };
  for (let n = 0; n < 12; n += 1) next();
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    int,
    between: (from, to) => from + next() * (to - from),
    hits: (probability) => next() < probability,
    pick: (list) => list[int(0, list.length - 1)]!,
  };
}
