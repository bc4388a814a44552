// What separates the cells of a file, told by its header line.
const delimiters = [',', ';', '\t'] as const;
export type Delimiter = (typeof delimiters)[number];

/** The one that the header has most often outside quotes; a comma where it has none. */
export function detectDelimiter(header: string): Delimiter {
  const counts = new Map<string, number>();
  let isQuoted = false;
  for (const character of header) {
    if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  return delimiters.reduce((best, one) => ((counts.get(one) ?? 0) > (counts.get(best) ?? 0) ? one : best));
}

/** Where the first line with something in it ends, after its line break; undefined when it has not ended yet. */
export function endOfHeader(text: string): number | undefined {
  let isQuoted = false;
  let hasText = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '"') isQuoted = !isQuoted;
    if (!isQuoted && (character === '\n' || character === '\r')) {
      if (hasText) return at + (character === '\r' && text[at + 1] === '\n' ? 2 : 1);
    } else if (character !== '\ufeff') hasText = true;
  }
  return undefined;
}
