// From records to rows that can be applied, or the reason why one cannot. Pure but for what it has seen.
import type { UpsertRow } from '@holdfast/shared/contracts';
import type { DecimalSign } from '../csv/amounts.ts';
import { type Header, RowFlaw } from '../csv/header.ts';
import type { CsvRecord } from '../csv/read-records.ts';
import { skuKeyOf } from '../variants/sku.ts';
import { type CountRow, countRow } from './count-row.ts';
import type { ImportKind } from './import.ts';
import { productRow } from './product-row.ts';
import type { SeenRows } from './seen-rows.ts';

export type ReadRow = { readonly line: number } & ({ readonly product: UpsertRow } | { readonly count: CountRow });
export type RowFailure = {
  readonly line: number;
  readonly column: string;
  readonly code: string;
  readonly message: string;
};
export type RowReaderOptions = {
  kind: ImportKind;
  header: Header;
  decimal: DecimalSign;
  currency: string;
  seen: SeenRows;
};

/** Reads the records below the header, in their order. */
export function openRowReader({ kind, seen, ...file }: RowReaderOptions): (record: CsvRecord) => ReadRow | RowFailure {
  const rowOf = ({ line, cells }: CsvRecord): ReadRow =>
    kind === 'products' ? { line, product: productRow(cells, file) } : { line, count: countRow(cells, file.header) };
  return (record) => {
    const { line } = record;
    try {
      const row = rowOf(record);
      const earlier = seen.first(keyOf(row), line);
      if (earlier !== undefined) throw new RowFlaw('duplicate_sku', 'sku', `Line ${earlier} has this SKU already.`);
      return row;
    } catch (error) {
      if (!(error instanceof RowFlaw)) throw error;
      const { column, code, message } = error;
      return { line, column, code, message };
    }
  };
}

/** An SKU can be counted once at each location. */
function keyOf(row: ReadRow): string {
  if ('product' in row) return skuKeyOf(row.product.sku);
  return `${skuKeyOf(row.count.sku)}\n${row.count.location?.toLowerCase() ?? ''}`;
}
