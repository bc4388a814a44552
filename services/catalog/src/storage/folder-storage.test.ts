import { mkdtemp, readdir, rm } from 'node:fs/promises';
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
});
