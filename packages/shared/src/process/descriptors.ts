// How many file descriptors this process may have open: Node raises the soft limit to the hard one when it starts, but
// has no call that tells it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { descriptorsAssumed, descriptorsUnlimited } from './limits.ts';

/** The limit; 1,024 where it cannot be found out, a million where there is none. */
export function descriptorLimit(): number {
  return parseLimit(fromProc() ?? fromShell());
}

/** The number in a limit as Linux and shells write it. */
export function parseLimit(text: string | undefined): number {
  if (text?.trim() === 'unlimited') return descriptorsUnlimited;
  const limit = Number(text);
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, descriptorsUnlimited) : descriptorsAssumed;
}

function fromProc(): string | undefined {
  try {
    return /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** A shell inherits the limit (macOS, which has no /proc). */
function fromShell(): string | undefined {
  try {
    return execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8', timeout: 2_000 });
  } catch {
    return undefined;
  }
}
