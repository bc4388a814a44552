// One row of a stock-counts file. Pure.
import { onHandMax, skuField } from '@holdfast/shared/contracts';
import { parseUnits } from '../csv/amounts.ts';
import { unescapeCell } from '../csv/cells.ts';
import { cellsByColumn, type Header, RowFlaw } from '../csv/header.ts';

export type CountRow = {
  sku: string;
  count: number;
  /** A location's id or name; the main location without it. */
  location?: string | undefined;
  /** The count holds only while this is on hand; without it whatever is on hand is replaced. */
  expectedOnHand?: number | undefined;
};

const locationLengthMax = 200;

/** The row. Throws RowFlaw with the column at fault. */
export function countRow(cells: readonly string[], header: Header): CountRow {
  const given = new Map<string, string>();
  for (const [{ name }, cell] of cellsByColumn(cells, header)) {
    if (cell.trim() !== '') given.set(name, unescapeCell(cell));
  }
  const sku = skuField.safeParse(given.get('sku'));
  if (!sku.success) throw new RowFlaw('invalid_value', 'sku', 'This is not an SKU.');
  const count = unitsOf(given.get('count'), 'count');
  if (count === undefined) throw new RowFlaw('required', 'count', 'A row needs a count.');
  const location = given.get('location')?.normalize('NFC').trim();
  if (location !== undefined && location.length > locationLengthMax) {
    throw new RowFlaw('invalid_value', 'location', 'This is not the name of a location.');
  }
  return { sku: sku.data, count, location, expectedOnHand: unitsOf(given.get('expectedOnHand'), 'expectedOnHand') };
}

function unitsOf(cell: string | undefined, column: string): number | undefined {
  if (cell === undefined) return undefined;
  const units = parseUnits(cell);
  if (units === undefined || units > onHandMax) {
    throw new RowFlaw('invalid_number', column, `This is not a whole number from 0 to ${onHandMax}.`);
  }
  return units;
}
