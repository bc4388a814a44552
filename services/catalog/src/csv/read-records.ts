// The records of a CSV file with the lines on which they begin, read as a stream. Invariant: memory is bounded by the
// longest record and by what is read ahead, whatever the file is.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CsvError, type Parser, parse } from 'csv-parse';
import { headerBytesMax, recordBytesMax } from '../limits.ts';
import { checkBytes } from './check-bytes.ts';
import { detectDelimiter, endOfHeader } from './detect-delimiter.ts';
import { CsvFlaw } from './file-flaw.ts';

/** A file, or what is there of it. */
type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
export type CsvRecord = { readonly line: number; readonly cells: readonly string[] };

/** Every record, the header among them. Throws CsvFlaw; ending it early lets go of the source. */
export async function* readRecords(source: Source): AsyncGenerator<CsvRecord> {
  const bytes = checkBytes(source);
  const { head, header } = await readHead(bytes);
  if (header === undefined) throw new CsvFlaw('empty_file', 'The file has no header line.');
  const parser = parse({
    bom: true,
    delimiter: detectDelimiter(header),
    info: true,
    // A record with more or fewer cells than the header is a flaw of that row only.
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: recordBytesMax,
  });
  const feeding = pipeline(Readable.from(joined(head, bytes)), parser);
  // What goes wrong there is thrown by the parser.
  feeding.catch(() => {});
  try {
    yield* withLines(parser);
  } catch (error) {
    throw flawOf(error);
  } finally {
    parser.destroy();
    await feeding.catch(() => {});
  }
}

/** Reads until the header line has ended; without one, `header` is undefined. */
async function readHead(bytes: AsyncGenerator<Buffer>): Promise<{ head: Buffer[]; header: string | undefined }> {
  const head: Buffer[] = [];
  let text = '';
  for (let next = await bytes.next(); !next.done; next = await bytes.next()) {
    head.push(next.value);
    text += next.value.toString();
    const end = endOfHeader(text);
    if (end !== undefined) return { head, header: text.slice(0, end) };
    if (text.length > headerBytesMax) {
      throw new CsvFlaw('record_too_long', `The header line is longer than ${headerBytesMax} bytes.`, { line: 1 });
    }
  }
  return { head, header: /[^\s\ufeff]/.test(text) ? text : undefined };
}

async function* joined(head: readonly Buffer[], rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield* head;
  yield* rest;
}

type Parsed = { record: string[]; info: { empty_lines: number } };

/** The parser counts a line break of two characters inside quotes twice; here each counts once. */
async function* withLines(parser: Parser): AsyncGenerator<CsvRecord> {
  let next = 1;
  let emptyLines = 0;
  for await (const { record, info } of parser as AsyncIterable<Parsed>) {
    const line = next + info.empty_lines - emptyLines;
    emptyLines = info.empty_lines;
    next = line + 1 + lineBreaksIn(record);
    yield { line, cells: record };
  }
}

function lineBreaksIn(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) {
    for (let at = 0; at < cell.length; at += 1) {
      const character = cell[at];
      if (character === '\n' || (character === '\r' && cell[at + 1] !== '\n')) count += 1;
    }
  }
  return count;
}

const messages: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: 'A quoted cell goes on after its closing quote',
  INVALID_OPENING_QUOTE: 'A quote stands inside a cell that does not begin with one',
  CSV_QUOTE_NOT_CLOSED: 'A quoted cell has no closing quote',
};

/** What the parser says as a flaw of the file; anything else as it is. */
function flawOf(error: unknown): unknown {
  const { code, lines } = error as Partial<CsvError> & { lines?: number };
  if (code === undefined || !/^(CSV|INVALID)_/.test(code)) return error;
  const line = lines ?? 1;
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return new CsvFlaw('record_too_long', `Near line ${line}: a row is longer than ${recordBytesMax} bytes.`, { line });
  }
  return new CsvFlaw('malformed_csv', `Near line ${line}: ${messages[code] ?? 'this is no CSV'}.`, { line });
}
