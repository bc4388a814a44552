import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderStorage } from './folder-storage.ts';
import { fileKey } from './storage.ts';
import { describeStorage } from './storage-conformance.fixture.ts';

async function openFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-files-'));
  return { folder, storage: folderStorage(folder), close: () => rm(folder, { recursive: true, force: true }) };
}

describe('a folder', () => {
  describeStorage(openFolder);

  it('is clean after a source that failed', async () => {
    const { folder, storage, close } = await openFolder();
    async function* failing() {
      yield Buffer.alloc(10);
      throw new Error('the client has gone');
    }
    await expect(storage.put(fileKey('ten_a', 'imports', 'imp_1.csv'), failing())).rejects.toThrow();
    expect(await readdir(join(folder, 'unfinished'))).toEqual([]);
    await close();
  });

  it('loses what a process left behind when it was killed, once nobody can be writing it any more', async () => {
    const { folder, storage, close } = await openFolder();
    const draft = (name: string) => join(folder, 'unfinished', name);
    const now = Date.now();
    await storage.check();
    for (const [name, ageMs] of [
      ['old', 120_000],
      ['older', 180_000],
      ['young', 1_000],
    ] as const) {
      await writeFile(draft(name), 'half a file');
      await utimes(draft(name), new Date(now), new Date(now - ageMs));
    }
    expect(await storage.removeUnfinished(new Date(now - 60_000))).toBe(2);
    expect(await readdir(join(folder, 'unfinished'))).toEqual(['young']);
    await close();
  });
});
