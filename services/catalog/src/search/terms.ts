// What products and variants are found by. Pure. Each document has its terms in one array, which an index holds
// together with the order of a list: words and beginnings of SKUs (`w:`), and facets (`status:`, `category:`,
// `option:`, `price:`). Whatever a client sends becomes such a text and is compared as a whole, so that nothing in it
// can be a pattern or an operator.
import { searchWordsMax } from '@holdfast/shared/contracts';
import { caseless } from '@holdfast/shared/values';
import { descriptionWordsMax, prefixLengthMax, wordLengthMax } from '../limits.ts';

/** Every document has it: a list without filters is the list of this term. */
export const anyTerm = '*';

/** Without case, accents and the difference between composed and decomposed. */
export const fold = (text: string) => caseless(text.normalize('NFKD').replaceAll(/\p{M}+/gu, ''));

/** Letters and digits, with . _ / - between them. */
const token = /[\p{L}\p{N}](?:[\p{L}\p{N}._/-]*[\p{L}\p{N}])?/gu;
const part = /[\p{L}\p{N}]+/gu;

/** The words of a text in their order: what blanks and other signs separate, and the parts of `T-shirt`. */
export function wordsOf(text: string): string[] {
  const words = new Set<string>();
  for (const [whole] of fold(text).matchAll(token)) {
    words.add(whole.slice(0, wordLengthMax));
    for (const [one] of whole.matchAll(part)) words.add(one.slice(0, wordLengthMax));
  }
  return [...words];
}

/**
 * The terms that a search has to find, all of them: its first words, as they are. Undefined where there is nothing to
 * search for; none for signs without a word, which nothing matches.
 */
export function termsOfQuery(text: string | undefined): string[] | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const found = new Set<string>();
  for (const [whole] of fold(text).matchAll(token)) {
    found.add(wordTerm(whole.slice(0, wordLengthMax)));
    if (found.size === searchWordsMax) break;
  }
  return [...found];
}

const wordTerm = (word: string) => `w:${word}`;
export const statusTerm = (status: string) => `status:${status}`;
export const categoryTerm = (categoryId: string) => `category:${categoryId}`;
export const skuTerm = (skuKey: string) => `sku:${skuKey}`;
export const optionTerm = (name: string, value: string) => `option:${fold(name)}=${fold(value)}`;
/** Of what customers see. */
export const forSaleTerm = 'for sale';

/** Four buckets for each doubling of the amount. */
const bucketOf = (amount: number) => Math.floor(4 * Math.log2(amount + 1));
export const priceTerm = (amount: number) => `price:${bucketOf(amount)}`;
/** The buckets that hold every price of a range, in minor units; at most 160. */
export function priceTermsBetween(min: number, max: number): string[] {
  const [first, last] = [bucketOf(min), bucketOf(max)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => `price:${first + n}`);
}

type FoundBySku = { sku: string; barcode: string | null; options: Readonly<Record<string, string>> };

/** What a variant is found by besides the name of its product; also what its product is found by. */
export function termsOfSku({ sku, barcode, options }: FoundBySku): string[] {
  const folded = fold(sku);
  const terms = [...wordsOf(sku), ...Object.values(options).flatMap(wordsOf)].map(wordTerm);
  for (let length = 2; length <= Math.min(folded.length, prefixLengthMax); length += 1) {
    terms.push(wordTerm(folded.slice(0, length)));
  }
  if (barcode !== null) terms.push(...wordsOf(barcode).map(wordTerm));
  for (const [name, value] of Object.entries(options)) terms.push(optionTerm(name, value));
  return [...new Set(terms)];
}

/** The words of a product's own texts; of a long description the first ones. */
export function termsOfText({ name, description }: { name: string; description?: string | null }): string[] {
  const described = wordsOf(description ?? '').slice(0, descriptionWordsMax);
  return [...new Set([...wordsOf(name), ...described])].map(wordTerm);
}

/** The place of a name in a list; cut, to fit into a cursor. Unique by the id at its end. */
export const nameKeyOf = (name: string, id: string) => `${fold(name).slice(0, 150).toWellFormed()}\t${id}`;
/** The place of a price in a list; what has none comes last. */
export const priceKeyOf = (amount: number | null, id: string) =>
  `${amount === null ? 'none' : String(amount).padStart(13, '0')}\t${id}`;
