// Mails of a development installation: one JSON line each, in a file that only its owner reads.
// Invariant: a line is whole, also when two processes write; the file has a bound.
import { chmod, open, rename, stat } from 'node:fs/promises';
import { mailLogBytesMax } from '../limits.ts';
import type { Delivery } from './delivery.ts';

/** Appends to this file, which is made when there is a mail; what is over the bound becomes `<file>.1`. */
export function openMailLog(file: string): Delivery {
  return {
    kind: 'log',
    async send({ id, to, fromName, subject, text, html }) {
      const line = JSON.stringify({ at: new Date().toISOString(), id, to, from: fromName, subject, text, html });
      await startAnewWhenLong(file);
      const handle = await open(file, 'a', 0o600);
      try {
        await handle.appendFile(`${line}\n`);
      } finally {
        await handle.close();
      }
      // The mode above is for a new file only.
      await chmod(file, 0o600);
    },
    close: () => {},
  };
}

async function startAnewWhenLong(file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > mailLogBytesMax) await rename(file, `${file}.1`);
}
