// Cells that a spreadsheet would execute as a formula. Invariant: reading undoes exactly what writing does, for every
// text; who types `'=1` into a file of one's own means `=1`, as in a spreadsheet.

/** Characters at which spreadsheets begin a formula, and the apostrophe that hides one. */
const dangerous = /^[=+\-@\t\r\uff1d']/;
const hidden = /^'[=+\-@\t\r\uff1d']/;

/** The text as a cell that no spreadsheet executes. */
export function escapeCell(text: string): string {
  return dangerous.test(text) ? `'${text}` : text;
}

/** The text of such a cell. */
export function unescapeCell(cell: string): string {
  return hidden.test(cell) ? cell.slice(1) : cell;
}
