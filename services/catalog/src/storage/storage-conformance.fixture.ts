// What every storage has to do: one suite, run for each of them.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fileKey, NotStored, type Storage } from './storage.ts';

export type OpenedStorage = { storage: Storage; close(): Promise<void> };

async function* pieces(count: number, bytes: number) {
  for (let n = 0; n < count; n += 1) yield Buffer.alloc(bytes, n % 256);
}

async function bytesOf(storage: Storage, key: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of await storage.get(key)) parts.push(part);
  return Buffer.concat(parts);
}

/** Declares the tests, for a storage of their own. */
export function describeStorage(open: () => Promise<OpenedStorage>): void {
  let opened: OpenedStorage;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  it('gives back what was put, whatever its size', async () => {
    for (const [count, bytes] of [
      [0, 0],
      [1, 1],
      [3, 70_000],
      // More than one part of an upload in parts.
      [13, 1_048_576],
    ] as const) {
      const key = fileKey('ten_a', 'imports', `imp_${count}.csv`);
      await opened.storage.put(key, pieces(count, bytes));
      const expected: Uint8Array[] = [];
      for await (const piece of pieces(count, bytes)) expected.push(piece);
      expect((await bytesOf(opened.storage, key)).equals(Buffer.concat(expected))).toBe(true);
    }
  });

  it('replaces a file as a whole', async () => {
    const key = fileKey('ten_a', 'exports', 'exp_1.ndjson');
    await opened.storage.put(key, pieces(2, 10));
    await opened.storage.put(key, pieces(1, 3));
    expect(await bytesOf(opened.storage, key)).toHaveLength(3);
  });

  it.each([1, 7_000_000])('keeps nothing of a source that fails after %s bytes', async (bytes) => {
    const key = fileKey('ten_a', 'imports', `imp_failed${bytes}.csv`);
    async function* failing() {
      yield Buffer.alloc(bytes);
      throw new Error('the client has gone');
    }
    await expect(opened.storage.put(key, failing())).rejects.toThrow('the client has gone');
    await expect(opened.storage.get(key)).rejects.toThrow(NotStored);
  });

  it('keeps what was there when a replacement fails', async () => {
    const key = fileKey('ten_a', 'exports', 'exp_kept.csv');
    await opened.storage.put(key, pieces(1, 3));
    async function* failing() {
      yield Buffer.alloc(10);
      throw new Error('the client has gone');
    }
    await expect(opened.storage.put(key, failing())).rejects.toThrow('the client has gone');
    expect(await bytesOf(opened.storage, key)).toHaveLength(3);
  });

  it('removes a file, and bears that there is none', async () => {
    const key = fileKey('ten_a', 'imports', 'imp_removed.csv');
    await opened.storage.put(key, pieces(1, 10));
    await opened.storage.remove(key);
    await opened.storage.remove(key);
    await expect(opened.storage.get(key)).rejects.toThrow(NotStored);
  });

  it('lets a reader go half-way', async () => {
    const key = fileKey('ten_a', 'imports', 'imp_half.csv');
    await opened.storage.put(key, pieces(8, 1_048_576));
    for await (const part of await opened.storage.get(key)) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    expect(await bytesOf(opened.storage, key)).toHaveLength(8 * 1_048_576);
  });

  it.each([
    't/ten_a/imports/../x.csv',
    '/etc/passwd',
    't/ten_a/other/x.csv',
    't//imports/x.csv',
    't/a/imports/x.csv\0',
  ])('takes no key %s', async (key) => {
    await expect(async () => opened.storage.get(key)).rejects.toThrow('no key');
    await expect(async () => opened.storage.put(key, pieces(1, 1))).rejects.toThrow('no key');
  });

  it('says that it can be used', async () => {
    await opened.storage.check();
  });
}
