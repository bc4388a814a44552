// The header of an import: which cell of a row is what. Pure.
// Invariant: names come from an allow-list; what a client calls a column is never a key of an object of ours but an
// option's name, which its own rule has let through.
import { optionName } from '@holdfast/shared/contracts';
import { caseless } from '@holdfast/shared/values';
import { columnCountMax } from '../limits.ts';
import { CsvFlaw, named } from './file-flaw.ts';

/** A column by its name in the documentation, or an option. */
export type Column = { readonly name: string; readonly option?: string };
/** In the order of the file; undefined where the header is blank. */
export type Header = readonly (Column | undefined)[];
export type Columns = {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly hasOptions: boolean;
};

export const columnsOf = {
  products: {
    required: ['sku', 'name', 'price'],
    optional: [
      'currency',
      'cost',
      'costCurrency',
      'barcode',
      'category',
      'description',
      'status',
      'weightGrams',
      'initialStock',
      'reorderLevel',
    ],
    hasOptions: true,
  },
  'stock-counts': { required: ['sku', 'count'], optional: ['location', 'expectedOnHand'], hasOptions: false },
} as const satisfies Record<string, Columns>;

const optionPrefix = 'option.';

/** Reads the header. Throws CsvFlaw that names every column at fault. */
export function readHeader(cells: readonly string[], columns: Columns): Header {
  if (cells.length > columnCountMax) {
    throw new CsvFlaw('too_many_columns', `The file has ${cells.length} columns; at most ${columnCountMax} are read.`);
  }
  const known = new Map([...columns.required, ...columns.optional].map((name) => [name.toLowerCase(), name]));
  const unknown: string[] = [];
  const header = cells.map((cell) => {
    const text = cell.trim();
    if (text === '') return undefined;
    const column = columnOf(text, known, columns.hasOptions);
    if (column === undefined) unknown.push(text);
    return column;
  });
  const names = header.flatMap((column) => (column ? [keyOf(column)] : []));
  const missing = columns.required.filter((name) => !names.includes(name));
  const repeated = [...new Set(names.filter((name, place) => names.indexOf(name) !== place))];
  if (missing.length > 0) throw flaw('missing_column', 'The file lacks', missing);
  if (unknown.length > 0) throw flaw('unknown_column', 'Not known:', unknown);
  if (repeated.length > 0) throw flaw('duplicate_column', 'More than once:', repeated);
  return header;
}

/** Names of options are compared as those of columns are: whatever their case. */
const keyOf = ({ name, option }: Column) => (option === undefined ? name : optionPrefix + caseless(option));

function columnOf(text: string, known: ReadonlyMap<string, string>, hasOptions: boolean): Column | undefined {
  const name = known.get(text.toLowerCase());
  if (name !== undefined) return { name };
  if (!hasOptions || text.slice(0, optionPrefix.length).toLowerCase() !== optionPrefix) return undefined;
  const option = optionName.safeParse(text.slice(optionPrefix.length));
  return option.success ? { name: 'option', option: option.data } : undefined;
}

function flaw(
  code: 'missing_column' | 'unknown_column' | 'duplicate_column',
  what: string,
  columns: string[],
): CsvFlaw {
  return new CsvFlaw(code, `${what} ${columns.length === 1 ? 'the column' : 'the columns'} ${named(columns)}.`, {
    line: 1,
    columns,
  });
}

/** What a row says, by column. Throws RowFlaw where it has another number of cells than the header. */
export function cellsByColumn(cells: readonly string[], header: Header): readonly (readonly [Column, string])[] {
  if (cells.length !== header.length) {
    throw new RowFlaw('wrong_cell_count', '', `The row has ${cells.length} cells, the header ${header.length}.`);
  }
  return header.flatMap((column, place) => {
    const cell = cells[place]!;
    if (column !== undefined) return [[column, cell] as const];
    if (cell.trim() === '') return [];
    throw new RowFlaw('wrong_cell_count', '', `Cell ${place + 1} stands below no column name.`);
  });
}

/** Why one row fails. */
export class RowFlaw extends Error {
  readonly code: string;
  readonly column: string;

  constructor(code: string, column: string, message: string) {
    super(message);
    this.code = code;
    this.column = column;
  }
}
