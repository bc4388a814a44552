// One row of a products file as a row of a bulk upsert. Pure.
// Invariants: SKUs and barcodes stay the text that they are; an empty cell says nothing about its field.
import { type UpsertRow, upsertRow } from '@holdfast/shared/contracts';
import { type DecimalSign, parseAmount, parseUnits } from '../csv/amounts.ts';
import { unescapeCell } from '../csv/cells.ts';
import { cellsByColumn, type Header, RowFlaw } from '../csv/header.ts';

export type ProductFile = {
  header: Header;
  decimal: DecimalSign /** Of the business; a row may name another. */;
  currency: string;
};

/** What a spreadsheet makes of a long number: digits of it are lost. */
const scientific = /^\d(?:[.,]\d{1,20})?[eE]\+\d{1,3}$/;
const wholeNumbers = ['weightGrams', 'initialStock', 'reorderLevel'] as const;

/** The row. Throws RowFlaw with the column at fault. */
export function productRow(cells: readonly string[], { header, decimal, currency }: ProductFile): UpsertRow {
  const given = new Map<string, string>();
  const options = new Map<string, string>();
  for (const [{ name, option }, cell] of cellsByColumn(cells, header)) {
    if (cell.trim() === '') continue;
    if (option === undefined) given.set(name, unescapeCell(cell));
    else options.set(option, unescapeCell(cell));
  }
  refuseScientific(given);
  const rowCurrency = given.get('currency')?.trim().toUpperCase() ?? currency;
  const money = (column: 'price' | 'cost', of: string) => moneyOf(given.get(column), { column, decimal, currency: of });
  const fields = {
    sku: given.get('sku'),
    name: given.get('name'),
    price: money('price', rowCurrency),
    cost: money('cost', given.get('costCurrency')?.trim().toUpperCase() ?? rowCurrency),
    barcode: given.get('barcode')?.trim(),
    category: given.get('category'),
    description: given.get('description'),
    status: given.get('status')?.trim().toLowerCase(),
    options: options.size === 0 ? undefined : Object.fromEntries(options),
    ...Object.fromEntries(wholeNumbers.map((column) => [column, unitsOf(given.get(column), column)])),
  };
  if (fields.sku === undefined) throw new RowFlaw('required', 'sku', 'A row needs an SKU.');
  const parsed = upsertRow.safeParse(fields);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RowFlaw(
    'invalid_value',
    columnOf(issue?.path ?? []),
    `The value ${sentence(issue?.message ?? 'is not valid')}`,
  );
}

/** Messages of schemas are halves of sentences, or whole ones of the library. */
function sentence(message: string): string {
  return /^(is|has|must)\b/.test(message) ? `${message}.` : `is not valid: ${message}.`;
}

/** The column of a field at fault. */
export function columnOf(path: readonly PropertyKey[]): string {
  const [field, key] = path.map(String);
  if (field === 'options') return key === undefined ? 'option' : `option.${key}`;
  return field ?? '';
}

function refuseScientific(given: ReadonlyMap<string, string>): void {
  for (const column of ['sku', 'barcode'] as const) {
    if (!scientific.test(given.get(column)?.trim() ?? '')) continue;
    const message = 'A spreadsheet has shortened this number; format the column as text and enter it again.';
    throw new RowFlaw('scientific_notation', column, message);
  }
}

type MoneyColumn = { column: string; decimal: DecimalSign; currency: string };

function moneyOf(cell: string | undefined, { column, decimal, currency }: MoneyColumn) {
  if (cell === undefined) return undefined;
  const parsed = parseAmount(cell, decimal, currency);
  if ('amount' in parsed) return { amount: parsed.amount, currency };
  throw new RowFlaw(parsed.code, column, parsed.message);
}

function unitsOf(cell: string | undefined, column: string): number | undefined {
  if (cell === undefined) return undefined;
  const units = parseUnits(cell);
  if (units === undefined) throw new RowFlaw('invalid_number', column, 'This is not a whole number in decimal digits.');
  return units;
}
