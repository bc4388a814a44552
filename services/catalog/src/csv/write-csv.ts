// Rows as CSV that spreadsheets show and do not execute, and that an import reads again as the same.
import { stringify } from 'csv-stringify/sync';
import { escapeCell } from './cells.ts';

export type Cell = string | number | undefined;

/** The rows as bytes. Numbers stay numbers, also negative ones; texts are escaped. A BOM tells spreadsheets UTF-8. */
export function csvOf(rows: readonly (readonly Cell[])[], { bom = false } = {}): Buffer {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? escapeCell(cell) : cell)));
  return Buffer.from(stringify(cells, { bom, record_delimiter: 'windows' }));
}
