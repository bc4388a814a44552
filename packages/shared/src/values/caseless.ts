// Text in which case does not matter, whatever the language.

/**
 * The same for texts that differ in case alone. By way of capitals: some letters are one there that are several in
 * lower case (ß and ss, σ and ς).
 */
export function caseless(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}
