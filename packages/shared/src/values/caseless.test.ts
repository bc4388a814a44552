// Texts that differ in case alone are the same.
import { expect, it } from 'vitest';
import { caseless } from './caseless.ts';

it.each([
  ['Größe', 'GRÖSSE', 'grösse'],
  ['ΟΔΟΣ', 'οδος', 'οδοσ'],
  ['ﬁsh', 'FISH', 'Fish'],
])('%s is %s is %s', (...texts) => expect(new Set(texts.map(caseless)).size).toBe(1));

it('tells other letters apart, and is the same when it is applied again', () => {
  expect(caseless('Größe')).not.toBe(caseless('Grosse'));
  expect(caseless(caseless('Größe ΟΔΟΣ'))).toBe(caseless('Größe ΟΔΟΣ'));
});
