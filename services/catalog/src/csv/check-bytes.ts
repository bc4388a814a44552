// Passes the bytes of a file on as long as they are text. Invariant: what follows reads well-formed UTF-8 without
// U+0000, so that nothing is stored as something else than what was sent.
import { isUtf8 } from 'node:buffer';
import { CsvFlaw } from './file-flaw.ts';

const lineFeed = 0x0a;

/** The same bytes, cut at characters. Throws CsvFlaw `not_utf8` with the line. */
export async function* checkBytes(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  let line = 1;
  for await (const chunk of source) {
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    const end = endOfWholeCharacters(bytes);
    const whole = bytes.subarray(0, end);
    rest = Buffer.from(bytes.subarray(end));
    line = checked(whole, line);
    if (whole.length > 0) yield whole;
  }
  if (rest.length > 0) checked(rest, line);
}

/** The line after these bytes. */
function checked(bytes: Buffer, line: number): number {
  if (isUtf8(bytes) && !bytes.includes(0)) return line + countLines(bytes);
  let at = line;
  for (let from = 0; from < bytes.length; at += 1) {
    const next = bytes.indexOf(lineFeed, from);
    const end = next < 0 ? bytes.length : next;
    const one = bytes.subarray(from, end);
    if (!isUtf8(one)) throw new CsvFlaw('not_utf8', `Line ${at} is not UTF-8.`, { line: at });
    if (one.includes(0)) throw new CsvFlaw('not_utf8', `Line ${at} has the character U+0000.`, { line: at });
    from = end + 1;
  }
  throw new Error('bytes that are no text have a line');
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}

/** Where the last character that is there as a whole ends: at most three bytes before the end. */
function endOfWholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < wanted ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}
