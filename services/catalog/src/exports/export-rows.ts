// What of an export is written: rows, page after page, and how a row looks in each format.
import type { Cell } from '../csv/write-csv.ts';
import type { Export } from './export.ts';

/** One row: an object as NDJSON has it, and its cells by their columns; a row may take several lines of CSV. */
export type ExportRow = { readonly json: object; readonly lines: readonly Readonly<Record<string, Cell>>[] };
export type RowSource = {
  /** Columns of the CSV, in their order. */
  columns(job: Export): Promise<readonly string[]>;
  /** All rows, in pages of bounded size, each read when it is asked for. */
  pages(job: Export): AsyncGenerator<readonly ExportRow[]>;
};
