import { describe, expect, it } from 'vitest';
import { normaliseEmail, normaliseSlug } from './account.ts';

/** What String.trim takes away, a BOM and no-break spaces included. */
const blanks = ['', ' ', '\t', '\n', '\r\n', '\u00a0', '\ufeff', '\u2003', '\u3000 \ufeff\t'];

describe('what names an account', () => {
  it.each(blanks)('is the same with %j around it, in any case', (blank) => {
    expect(normaliseSlug(`${blank}Fjord-1${blank}`)).toBe('fjord-1');
    expect(normaliseEmail(`${blank}Ida@Fjord.example${blank}`)).toBe('ida@fjord.example');
  });

  it('does not change any more', () => {
    for (const text of ['FJORD', ' \u0130.x@Y ', '\ufeff\ufeffa']) {
      expect(normaliseSlug(normaliseSlug(text))).toBe(normaliseSlug(text));
      expect(normaliseEmail(normaliseEmail(text))).toBe(normaliseEmail(text));
    }
  });
});
