// The greatest number seen per key, for a bounded number of keys. Invariant:
// a number never goes back for a key that is remembered.
import { boundedMap } from '@holdfast/shared/values';

export type Remembered = {
  /** Takes the number if it is greater than the remembered one; tells whether it was. */
  raise(key: string, number: number): boolean;
  get(key: string): number | undefined;
};

/** Remembers the keys that were used last; the one unused for longest is forgotten first. */
export function rememberGreatest(keysMax: number): Remembered {
  const known = boundedMap<string, number>({ max: keysMax });
  return {
    raise(key, number) {
      const before = known.get(key);
      if (before !== undefined && number <= before) return false;
      known.set(key, number);
      return true;
    },
    get: (key) => known.get(key),
  };
}
