// One meaning, however a file is written; and where a flaw is.
import { describe, expect, it } from 'vitest';
import { CsvFlaw } from './file-flaw.ts';
import { type CsvRecord, readRecords } from './read-records.ts';

/** The bytes in pieces of this size: characters and quotes are cut anywhere. */
function* pieces(content: string | Buffer, size: number) {
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function recordsOf(content: string | Buffer, size = 7): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  for await (const record of readRecords(pieces(content, size))) records.push(record);
  return records;
}

async function flawOf(content: string | Buffer, size = 7): Promise<CsvFlaw> {
  try {
    await recordsOf(content, size);
  } catch (error) {
    if (error instanceof CsvFlaw) return error;
    throw error;
  }
  throw new Error('the file has no flaw');
}

const rows = [
  ['sku', 'name', 'note'],
  ['00123', 'Mütze, „warm“', 'two\nlines'],
  ['90.750', 'say "hi"', ''],
  ['1E5', '👩‍👩‍👧', ' blanks '],
];
const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
const written = (delimiter: string, end: string) =>
  rows.map((cells) => cells.map(quoted).join(delimiter)).join(end) + end;

describe('a file', () => {
  const expected = [1, 2, 4, 5].map((line, n) => ({ line, cells: rows[n] }));

  it.each([
    ['commas', written(',', '\n')],
    ['semicolons', written(';', '\n')],
    ['tabs', written('\t', '\n')],
    ['CRLF', written(',', '\r\n')],
    ['CR', written(',', '\r')],
    ['a BOM', `\ufeff${written(';', '\r\n')}`],
    ['no line break at its end', written(',', '\n').slice(0, -1)],
    ['blank lines at its end', `${written(',', '\n')}\n\n`],
  ])('with %s has the same rows, on the same lines', async (_what, content) => {
    for (const size of [1, 3, 4_096]) expect(await recordsOf(content, size)).toEqual(expected);
  });

  it('counts lines within cells and blank ones, whatever ends them', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const content = ['a,b', '', `1,"x${end}${end}y"`, '', '2,z'].join(end);
      expect((await recordsOf(content)).map(({ line }) => line)).toEqual([1, 3, 7]);
    }
  });

  it('keeps rows with more or fewer cells than the header', async () => {
    expect((await recordsOf('a,b\n1\n1,2,3\n')).map(({ cells }) => cells.length)).toEqual([2, 1, 3]);
  });

  it('is separated by what its header has most of, outside quotes', async () => {
    expect((await recordsOf('"a,b,c";d;e\n1;2;3\n'))[1]!.cells).toEqual(['1', '2', '3']);
    expect((await recordsOf('a\n1;2\n'))[1]!.cells).toEqual(['1;2']);
  });
});

describe('a flaw', () => {
  it.each([
    ['text behind a quote', 'a,b\n1,"x"y\n', 'malformed_csv', 2],
    ['a quote within a cell', 'a,b\n1,2\n3,x"y"\n', 'malformed_csv', 3],
    ['a quote without an end', 'a,b\n1,"x\n2,3\n', 'malformed_csv', undefined],
    ['a byte of another encoding', Buffer.from('a,b\n1,2\n3,caf\xe9\n', 'latin1'), 'not_utf8', 3],
    ['a character that is cut off', Buffer.from('a,b\n1,ü').subarray(0, -1), 'not_utf8', 2],
    ['an overlong form', Buffer.from([0x61, 0x0a, 0xc0, 0x80]), 'not_utf8', 2],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), 'not_utf8', 1],
    ['U+0000', 'a,b\n1,2\n3,\0\n', 'not_utf8', 3],
    ['nothing', '', 'empty_file', undefined],
    ['blank lines only', '\ufeff\n\n', 'empty_file', undefined],
    ['a header without an end', 'x'.repeat(40_000), 'record_too_long', 1],
    ['a row without an end', `a,b\n1,${'x'.repeat(400_000)}`, 'record_too_long', undefined],
  ])('is told with its line: %s', async (_what, content, flaw, line) => {
    for (const size of [1_000, 1_000_000]) {
      const told = await flawOf(content as string | Buffer, size);
      expect(told.flaw).toBe(flaw);
      if (line !== undefined) expect(told.line).toBe(line);
    }
  });

  it('lets go of the source', async () => {
    let isClosed = false;
    async function* source() {
      try {
        for (let n = 0; n < 1_000; n += 1) yield Buffer.from(n === 0 ? 'a,b\n' : '1,2\n'.repeat(1_000));
      } finally {
        isClosed = true;
      }
    }
    for await (const { line } of readRecords(source())) if (line === 2) break;
    expect(isClosed).toBe(true);
  });

  it('of one cell of a gigabyte is found without reading it', async () => {
    let yielded = 0;
    function* endless() {
      yield Buffer.from('a,b\n1,');
      for (; yielded < 1_000; yielded += 1) yield Buffer.alloc(1_048_576, 'x');
    }
    await expect(async () => {
      for await (const _record of readRecords(endless()));
    }).rejects.toMatchObject({ flaw: 'record_too_long' });
    expect(yielded).toBeLessThan(10);
  });
});
