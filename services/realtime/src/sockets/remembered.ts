// The greatest number seen per key, for a bounded number of keys. Invariant: a number never goes back for a key that is remembered.
export type Remembered = {
  /** Takes the number if it is greater than the remembered one; tells whether it was. */
  raise(key: string, number: number): boolean;
  get(key: string): number | undefined;
};

/** Remembers the keys that were used last; the one unused for longest is forgotten first. */
export function rememberGreatest(keysMax: number): Remembered {
  const known = new Map<string, number>();
  return {
    raise(key, number) {
      const before = known.get(key);
      if (before !== undefined && number <= before) return false;
      known.delete(key);
      known.set(key, number);
      if (known.size > keysMax) known.delete(known.keys().next().value!);
      return true;
    },
    get: (key) => known.get(key),
  };
}
