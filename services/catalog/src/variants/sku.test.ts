// Which SKUs are one and the same.
import { expect, it } from 'vitest';
import { skuKeyOf } from './sku.ts';

it.each([
  ['Cap-1', ' cap-1 '],
  ['CAFÉ', 'cafe\u0301'],
  ['STRASSE', 'strasse'],
])('%j and %j are', (a, b) => expect(skuKeyOf(a)).toBe(skuKeyOf(b)));

it.each([
  ['00123', '123'],
  ['1E5', '100000'],
  ['90.750', '90.75'],
  ['A-1', 'A_1'],
])('%j and %j are not', (a, b) => expect(skuKeyOf(a)).not.toBe(skuKeyOf(b)));
