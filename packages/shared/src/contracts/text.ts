// Text that people type. Invariant: what is accepted is well-formed Unicode without control characters, so that it is
// stored, compared and answered as one and the same.
import { z } from 'zod';

/**
 * Normalising takes quadratic time, so that only this many times the length that is allowed afterwards is normalised at
 * all.
 */
const rawLengthFactor = 4;

const control = /\p{Cc}/u;
const controlButLines = /(?![\t\n\r])\p{Cc}/u;
/**
 * Blanks, joiners, fillers, variation selectors: text of nothing else looks like no text.
 * U+2800 is the empty Braille pattern.
 */
const visible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}\u2800]/u;
const lineSeparator = /[\u2028\u2029]/;

/** True when there is something to see. */
export function isVisible(text: string): boolean {
  return visible.test(text);
}

/** True for well-formed Unicode on one line, without control characters. */
export function isOneLine(text: string): boolean {
  return text.isWellFormed() && !control.test(text) && !lineSeparator.test(text);
}

function isText(text: string): boolean {
  return text.isWellFormed() && !controlButLines.test(text);
}

/**
 * One line: a name, a category, a reason. Surrounding blanks go, NFC, at least one visible character unless `min` is 0.
 */
export function textField({ min = 1, max }: { min?: number; max: number }) {
  return z
    .string()
    .max(max * rawLengthFactor, { abort: true })
    .normalize('NFC')
    .trim()
    .min(min, { abort: true })
    .max(max, { abort: true })
    .refine(isOneLine, { abort: true, error: 'must be one line of text without control characters' })
    .refine((text) => min === 0 || isVisible(text), 'must have a visible character');
}

/** Text of any number of lines, as it was typed; may be empty. */
export function linesField({ max }: { max: number }) {
  return z
    .string()
    .max(max, { abort: true })
    .refine(isText, 'must be well-formed text without control characters other than tabs and line ends');
}
