// Cells that a spreadsheet would execute as a formula. Invariant: reading undoes exactly what writing does, for every
// text; who types `'=1` into a file of one's own means `=1`, as in a spreadsheet.
// A text is looked at wherever a spreadsheet may begin a cell: at its start, and behind `;`, a tab or a line break,
// because one that takes these for separators (where a comma is the decimal sign) divides the text there, whatever
// quotes stand around it.

/** Before characters at which spreadsheets begin a formula, and before the apostrophe that hides one. */
const danger = /(?<=^|[;\t\r\n])(?=[=+\-@\t\r\uff1d'])/g;
const hidden = /(?<=^|[;\t\r\n])'(?=[=+\-@\t\r\uff1d'])/g;

/** The text as a cell that no spreadsheet executes. */
export function escapeCell(text: string): string {
  return text.replace(danger, "'");
}

/** The text of such a cell. */
export function unescapeCell(cell: string): string {
  return cell.replace(hidden, '');
}
