// Where a run begins. Pure. Invariant: never later than what any partition, or (where positions are missing) any
// platform consumer, still lacks.

import { earlier, later, positionAt, type StreamPosition } from '../streams/positions.ts';
import type { RelayRecord } from './ports.ts';

export interface Beginning {
  /** Position to begin at; the change log opens at its time. */
  readonly at: string;
  /** By partition, the position that appends will compare with; '' where it was missing. */
  readonly believed: string[];
  /** Where a stream begins whose position is made in this run. */
  readonly beginsAt: string;
}

/**
 * The minimum of the positions; with one missing also of `needed`; never before what is declared lost, nor before
 * `floor` (a dropped database).
 */
export function beginning(
  record: RelayRecord,
  known: readonly (StreamPosition | undefined)[],
  floor: string,
): Beginning {
  const positions = known.flatMap((position) => (position ? [position.at] : []));
  const missing = positions.length < known.length;
  const stored = missing ? positions.reduce(earlier, record.needed) : positions.reduce(earlier);
  const at = later(later(stored, record.completeFrom), floor);
  const first = positionAt(record.start, 0);
  return { at, believed: known.map((position) => position?.at ?? ''), beginsAt: at <= first ? '' : at };
}
