import { describe, expect, it } from 'vitest';
import { CsvFlaw } from './file-flaw.ts';
import { cellsByColumn, columnsOf, readHeader } from './header.ts';

const products = columnsOf.products;

function flawOf(cells: string[]) {
  try {
    readHeader(cells, products);
  } catch (error) {
    if (error instanceof CsvFlaw) return { flaw: error.flaw, columns: error.columns };
    throw error;
  }
  return undefined;
}

describe('a header', () => {
  it('is read in any order and case; options keep theirs', () => {
    const header = readHeader(
      [' Price', 'SKU', 'Option.Größe'.replace('Größe', 'Size'), 'initialstock', 'name', ''],
      products,
    );
    expect(header).toEqual([
      { name: 'price' },
      { name: 'sku' },
      { name: 'option', option: 'Size' },
      { name: 'initialStock' },
      { name: 'name' },
      undefined,
    ]);
  });

  it.each([
    [['sku'], { flaw: 'missing_column', columns: ['name', 'price'] }],
    [['sku', 'name', 'price', 'colour'], { flaw: 'unknown_column', columns: ['colour'] }],
    [['sku', 'name', 'price', '$where'], { flaw: 'unknown_column', columns: ['$where'] }],
    [['sku', 'name', 'price', 'Name', 'SKU'], { flaw: 'duplicate_column', columns: ['sku', 'name'] }],
    [['sku', 'name', 'price', 'option.a', 'option.a'], { flaw: 'duplicate_column', columns: ['option.a'] }],
  ])('%j is refused', (cells, expected) => {
    const told = flawOf(cells)!;
    expect({ ...told, columns: [...told.columns].sort() }).toEqual({ ...expected, columns: expected.columns.sort() });
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString!', '$gt', '', 'ü'])(
    'an option called %s is no column',
    (name) => {
      expect(flawOf(['sku', 'name', 'price', `option.${name}`])).toMatchObject({ flaw: 'unknown_column' });
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    },
  );

  it('an option comes once, whatever its case', () => {
    const told = flawOf(['sku', 'name', 'price', 'option.size', 'OPTION.Size']);
    expect(told).toMatchObject({ flaw: 'duplicate_column' });
  });

  it('of more columns than anybody has is refused', () => {
    const many = Array.from({ length: 65 }, (_, n) => `option.o${n}`);
    expect(flawOf(['sku', 'name', 'price', ...many])).toMatchObject({ flaw: 'too_many_columns' });
  });
});

it('a row has as many cells as the header, and none below a blank name', () => {
  const header = readHeader(['sku', 'name', 'price', ''], products);
  expect(cellsByColumn(['A', 'B', '1', ' '], header)).toHaveLength(3);
  expect(() => cellsByColumn(['A', 'B', '1'], header)).toThrow('3 cells');
  expect(() => cellsByColumn(['A', 'B', '1', 'x'], header)).toThrow('Cell 4');
});
