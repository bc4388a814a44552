// Where log lines leave the process. Invariant: a line that cannot be written (full disk, closed pipe, slow reader) is
// dropped and counted; it never fails the work that logged it.
import { writeSync } from 'node:fs';

/** Lines that could not be written in a row, and the system's word for the last reason. */
export type LostLines = { dropped: number; code: string };

let droppedTotal = 0;

/** Lines that this process could not write since its start. */
export function droppedLines(): number {
  return droppedTotal;
}

/**
 * Writes lines to a file descriptor at once: they stay in order, and the last one before a fault is not lost. After
 * lines were dropped, `report` is called behind the first one that was written again.
 */
export function openLogOutput(descriptor: number, report: (lost: LostLines) => void): { write(line: string): void } {
  const lost: LostLines = { dropped: 0, code: '' };
  let isCut = false;

  /** False when the line, or the rest of it, could not be written. */
  function put(line: string): boolean {
    const bytes = Buffer.from(isCut ? `\n${line}` : line);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(descriptor, bytes, written);
      isCut = false;
      return true;
    } catch (error) {
      if (written > 0) isCut = true;
      lost.code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      return false;
    }
  }

  return {
    write(line) {
      if (!put(line)) {
        droppedTotal += 1;
        lost.dropped += 1;
        return;
      }
      if (lost.dropped === 0) return;
      const reported = { ...lost };
      lost.dropped = 0;
      report(reported);
      // The report itself was dropped: it is owed still.
      if (lost.dropped > 0) lost.dropped += reported.dropped;
    },
  };
}
