// Why a whole file is refused, however good its rows are.
import type { FileFlaw } from '@holdfast/shared/contracts';
import { columnsNamedMax, echoedTextMax } from '../limits.ts';

export class CsvFlaw extends Error {
  readonly flaw: FileFlaw;
  /** Of the file, from 1. */
  readonly line: number | undefined;
  readonly columns: readonly string[];

  constructor(flaw: FileFlaw, message: string, { line, columns = [] }: { line?: number; columns?: string[] } = {}) {
    super(message);
    this.name = 'CsvFlaw';
    this.flaw = flaw;
    this.line = line;
    this.columns = columns.slice(0, columnsNamedMax).map(echoed);
  }
}

/** Text of a file as a message may repeat it. */
export function echoed(text: string): string {
  return text.slice(0, echoedTextMax).toWellFormed();
}

/** Names, separated by commas; only as many as a reader needs. */
export function named(columns: readonly string[]): string {
  const shown = columns.slice(0, columnsNamedMax).map((name) => `"${echoed(name)}"`);
  return columns.length > shown.length
    ? `${shown.join(', ')} and ${columns.length - shown.length} more`
    : shown.join(', ');
}
