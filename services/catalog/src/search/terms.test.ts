// What finds what: words, accents, SKUs, and text that is meant to be something else.
import { describe, expect, it } from 'vitest';
import {
  nameKeyOf,
  optionTerm,
  priceKeyOf,
  priceTerm,
  priceTermsBetween,
  termsOfQuery,
  termsOfSku,
  termsOfText,
} from './terms.ts';

const product = { name: 'Crème brûlée T-Shirt, große Größe', description: 'Soft, 100% cotton.' };
const variant = { sku: 'TEE-S/01', barcode: '4006381333931', options: { Size: 'S', color: 'Dark Red' } };
const terms = new Set([...termsOfText(product), ...termsOfSku(variant)]);
const isFound = (text: string) => termsOfQuery(text)?.every((term) => terms.has(term)) ?? true;

describe('a search', () => {
  it.each([
    'creme',
    'CRÈME',
    'cre\u0300me BRULEE',
    't-shirt',
    'grosse GRÖSSE',
    'größe',
    'shirt',
    'cotton soft',
    '100%',
    'tee-s/01',
    'te',
    'TEE-S',
    '4006381333931',
    'shirt 01 dark',
    '   ',
  ])('for %j finds it', (text) => expect(isFound(text)).toBe(true));

  it.each(['crem', 'wool', 'creme wool', 'ee-s', '$ne', 'te.*e', '{"$gt":""}', 'tee-s/02'])('for %j does not', (text) =>
    expect(isFound(text)).toBe(false),
  );

  it('for signs without a word finds nothing at all', () => expect(termsOfQuery('.* 🎉')).toEqual([]));

  it('of very long text is of its first words, cut', () => {
    expect(termsOfQuery('x'.repeat(10_000))).toEqual([`w:${'x'.repeat(64)}`]);
    expect(termsOfQuery(Array.from({ length: 5_000 }, (_, n) => n).join(' '))).toHaveLength(16);
    expect(termsOfText({ name: 'x', description: Array.from({ length: 900 }, (_, n) => n).join(' ') })).toHaveLength(
      201,
    );
  });

  it('tells options apart by name, not by case', () => {
    expect(terms.has(optionTerm('size', 's'))).toBe(true);
    expect(terms.has(optionTerm('color', 'S'))).toBe(false);
  });
});

describe('a range of prices', () => {
  it('is covered by its buckets, of which the widest needs at most 160', () => {
    for (const [min, max] of [
      [0, 0],
      [999, 1_001],
      [1, 100_000_000_000],
    ] as const) {
      const buckets = priceTermsBetween(min, max);
      for (const price of [min, Math.floor((min + max) / 2), max]) expect(buckets).toContain(priceTerm(price));
      expect(buckets.length).toBeLessThanOrEqual(160);
    }
    expect(priceTermsBetween(5, 4)).not.toContain(priceTerm(100));
  });
});

describe('a place in a list', () => {
  it('sorts by the folded name or the amount, and then by id', () => {
    const names = [nameKeyOf('b', '1'), nameKeyOf('Ä', '2'), nameKeyOf('a', '1')].sort();
    expect(names).toEqual([nameKeyOf('a', '1'), nameKeyOf('Ä', '2'), nameKeyOf('b', '1')]);
    const prices = [priceKeyOf(null, '1'), priceKeyOf(1_000, '1'), priceKeyOf(999, '2')].sort();
    expect(prices).toEqual([priceKeyOf(999, '2'), priceKeyOf(1_000, '1'), priceKeyOf(null, '1')]);
  });

  it('is well-formed wherever a name is cut', () => {
    expect(nameKeyOf(`${'x'.repeat(149)}😀`, '1').isWellFormed()).toBe(true);
  });
});
