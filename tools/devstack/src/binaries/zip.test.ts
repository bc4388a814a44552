// One file out of an archive, and archives that are none.
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readZipEntry } from './zip.ts';

/** An archive as zip tools write it: local headers with data, the directory, its end. */
function zipOf(files: { name: string; data: Buffer; method: number }[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, method } of files) {
    const packed = method === 8 ? deflateRawSync(data) : data;
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(method, 4);
    shared.writeUInt32LE(crc32(data), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(data.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), shared, tail, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}

describe('readZipEntry', () => {
  const big = Buffer.from('redis '.repeat(10_000));
  const zip = zipOf([
    { name: 'package/readme', data: Buffer.from('hello'), method: 0 },
    { name: 'package/bin/server', data: big, method: 8 },
  ]);

  test('takes out stored and deflated entries', () => {
    expect(readZipEntry(zip, (name) => name === 'package/readme')?.toString()).toBe('hello');
    expect(readZipEntry(zip, (name) => name.endsWith('bin/server'))).toEqual(big);
  });

  test('says when there is no such entry', () => {
    expect(readZipEntry(zip, () => false)).toBeUndefined();
  });

  test('refuses what is not a zip archive, and other compressions', () => {
    expect(() => readZipEntry(Buffer.alloc(100), () => true)).toThrow('not a zip archive');
    const lzma = zipOf([{ name: 'a', data: Buffer.from('x'), method: 14 }]);
    expect(() => readZipEntry(lzma, () => true)).toThrow('zip compression 14 is not supported');
  });
});
