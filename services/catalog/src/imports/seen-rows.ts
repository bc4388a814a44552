// Which rows of a file have been seen, in 24 to 48 bytes each. Invariant: of two rows with one key the later one is
// told the line of the earlier. Rows are told apart by 64 bits of a hash: of two million rows no two are confused but
// once in ten million files.
import { hash } from 'node:crypto';

export type SeenRows = {
  /** The line on which the key was seen first; undefined when that is this one. */
  first(key: string, line: number): number | undefined;
};

/** Room for this many rows. Half of the places stay free, so that few are looked at. */
export function createSeenRows(countMax: number): SeenRows {
  const places = 2 ** Math.ceil(Math.log2(Math.max(16, countMax * 2)));
  const table = new Uint32Array(places * 3);
  return {
    first(key, line) {
      const digest = hash('sha1', key, 'buffer');
      const [high, low] = [digest.readUInt32LE(0), digest.readUInt32LE(4)];
      for (let place = low & (places - 1); ; place = (place + 1) & (places - 1)) {
        const at = place * 3;
        const seen = table[at + 2]!;
        if (seen === 0) {
          table.set([high, low, line], at);
          return undefined;
        }
        if (table[at] === high && table[at + 1] === low) return seen === line ? undefined : seen;
      }
    },
  };
}
