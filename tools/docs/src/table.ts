// Markdown tables whose cells may hold any text.

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A table; `-` stands for an empty cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((text) => cell(text) || '-').join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The first lines of a generated page. */
export function page(title: string, ...parts: string[]): string {
  const note = 'Generated from the code by `npm run docs`; change it there.';
  return `${[`# ${title}`, note, ...parts].join('\n\n')}\n`;
}
