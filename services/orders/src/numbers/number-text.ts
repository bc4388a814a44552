// The number of an order as people write it. Pure.

/** `#1001`. */
export function numberText(number: number): string {
  return `#${number}`;
}

/** The number that a text names, with or without its `#`; undefined when it names none. */
export function numberOf(text: string): number | undefined {
  return /^#?[1-9]\d{0,14}$/.test(text) ? Number(text.replace('#', '')) : undefined;
}
