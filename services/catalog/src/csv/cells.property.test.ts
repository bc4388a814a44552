import fc from 'fast-check';
import { expect, it } from 'vitest';
import { escapeCell, unescapeCell } from './cells.ts';
import { readRecords } from './read-records.ts';
import { csvOf } from './write-csv.ts';

/** At the start of what a spreadsheet may take for a cell; a tab and a line break end one here. */
const executed = /^[=+\-@\uff1d]/;
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '\n', '＝', '"', ',', ';', 'a'))
    .map((all) => all.join('')),
);

it('a cell is no formula, and reading gives back exactly what was written', () => {
  fc.assert(
    fc.property(text, (value) => {
      const cell = escapeCell(value);
      for (const part of cell.split(/[;\t\r\n]/)) expect(part).not.toMatch(executed);
      expect(unescapeCell(cell)).toBe(value);
    }),
  );
});

it('a cell is no formula behind a separator of another spreadsheet', () => {
  expect(escapeCell('x;=1')).toBe("x;'=1");
  expect(escapeCell('two\n=1+1\tand\t@x')).toBe("two\n'=1+1\tand\t'@x");
  expect(escapeCell("a;'b, c;-, d-e")).toBe("a;''b, c;'-, d-e");
});

it('what was not escaped stays as it is', () => {
  for (const cell of ['plain', "it's", "'tis", 'a=b', 'a; =b', "a;'b", 'a,=b', '1-2', ''])
    expect(unescapeCell(cell)).toBe(cell);
});

it('a file of such cells is read again as the same rows', async () => {
  const stored = text.filter((value) => value.isWellFormed() && !value.includes('\0'));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(stored, stored), { minLength: 1, maxLength: 5 }), async (rows) => {
      const bytes = csvOf([['first', 'second'], ...rows], { bom: true });
      const read: string[][] = [];
      for await (const { cells } of readRecords([bytes])) read.push(cells.map(unescapeCell));
      // A row of nothing but blanks is no row.
      expect(read.slice(1)).toEqual(rows);
    }),
    { numRuns: 200 },
  );
});

it('numbers stay numbers, also negative ones', () => {
  expect(csvOf([[-5, 0, undefined, '-5']]).toString()).toBe("-5,0,,'-5\r\n");
});
