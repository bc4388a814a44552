// How figures stand on a page.
import type { Spread } from '../measure/quantile.ts';

/** Three significant digits, but no digits after a hundred. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** Minimum, median and maximum; the median stands out. */
export const spread = ({ min, median, max }: Spread) => `${shown(min)} / **${shown(median)}** / ${shown(max)}`;

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly string[][]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}
