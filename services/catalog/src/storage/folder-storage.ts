// Files in a folder of one machine. Invariant: a file is written under a name of its own, forced to the disk, and
// renamed: a crash leaves the whole file or none, and at most an unfinished one that nobody reads.
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { unfinishedRemovedMax } from '../limits.ts';
import { assertKey, NotStored, type Storage } from './storage.ts';

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** The storage in this folder, which is made when it is not there. */
export function folderStorage(folder: string): Storage {
  const pathOf = (key: string) => join(folder, assertKey(key));
  const unfinished = join(folder, 'unfinished');
  return {
    async put(key, source) {
      const path = pathOf(key);
      const draft = join(unfinished, randomUUID());
      await mkdir(unfinished, { recursive: true });
      await mkdir(dirname(path), { recursive: true });
      try {
        const file = await open(draft, 'wx', 0o600);
        // Closes the file, also when the source fails.
        await pipeline(source, file.createWriteStream({ flush: true }));
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },

    async get(key) {
      const file = await open(pathOf(key)).catch((error) => {
        throw isMissing(error) ? new NotStored(key) : error;
      });
      return createReadStream('', { fd: file });
    },

    remove: (key) => rm(pathOf(key), { force: true }),

    async removeUnfinished(before) {
      let removed = 0;
      await mkdir(unfinished, { recursive: true });
      for await (const { name } of await opendir(unfinished)) {
        const draft = join(unfinished, name);
        // Another process may remove it at the same moment.
        const found = await stat(draft).catch(() => undefined);
        if (found === undefined || found.mtime >= before) continue;
        await rm(draft, { force: true });
        removed += 1;
        if (removed === unfinishedRemovedMax) break;
      }
      return removed;
    },

    async check() {
      await mkdir(unfinished, { recursive: true });
      await access(unfinished, constants.W_OK);
    },
    close() {},
  };
}
