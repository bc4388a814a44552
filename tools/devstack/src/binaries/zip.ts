// Takes one file out of a zip archive (a Python wheel is one), so that no `unzip` has to be installed. Reads the
// central directory; stored and deflated entries below 2 GiB are enough for wheels.
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_SIZE_MIN = 22;
const METHOD_STORED = 0;
const METHOD_DEFLATED = 8;

function directoryStart(zip: Buffer): { offset: number; count: number } {
  for (let at = zip.length - END_SIZE_MIN; at >= 0; at -= 1) {
    if (zip.readUInt32LE(at) === END_OF_DIRECTORY) {
      return { offset: zip.readUInt32LE(at + 16), count: zip.readUInt16LE(at + 10) };
    }
  }
  throw new Error('not a zip archive');
}

/** The content of the first entry whose name passes the test, or undefined; throws on a broken archive. */
export function readZipEntry(zip: Buffer, wanted: (name: string) => boolean): Buffer | undefined {
  const { offset, count } = directoryStart(zip);
  let at = offset;
  for (let index = 0; index < count; index += 1) {
    if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('broken zip directory');
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    if (wanted(name)) return readEntry(zip, at);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return undefined;
}

function readEntry(zip: Buffer, at: number): Buffer {
  const method = zip.readUInt16LE(at + 10);
  const compressedSize = zip.readUInt32LE(at + 20);
  const local = zip.readUInt32LE(at + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const data = zip.subarray(start, start + compressedSize);
  if (method === METHOD_STORED) return data;
  if (method === METHOD_DEFLATED) return inflateRawSync(data);
  throw new Error(`zip compression ${method} is not supported`);
}
