// What auth treats as one account, the limiter counts as one: no spelling buys further attempts at a password.
import { normaliseEmail, normaliseSlug } from '@holdfast/shared/values';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { accountOf } from './subjects.ts';

const blanks = fc.string({
  unit: fc.constantFrom(' ', '\t', '\n', '\r', '\u000b', '\u00a0', '\ufeff', '\u2003', '\u3000'),
  maxLength: 400,
});
const cased = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => [...text].map((sign, i) => (upper[i] ? sign.toUpperCase() : sign)).join(''));
/** Spellings of a text, most of them one account to auth. */
const spelled = (text: string) => fc.tuple(blanks, cased(text), blanks).map((parts) => parts.join(''));
const anything = fc.string({ unit: 'binary', maxLength: 40 });

const slug = fc.oneof(spelled('fjord-1'), anything);
const email = fc.oneof(spelled('ida.b@fjord.example'), spelled('ida\u0130@fjord.example'), anything);
/** What JSON parsers of the services forgive. */
const decorated = fc.tuple(fc.constantFrom('', '\ufeff'), fc.constantFrom('', ' ', '\n\t'));

const bodyOf = (tenant: string, address: string, [mark, blank]: readonly [string, string]) =>
  Buffer.from(`${mark}${blank}${JSON.stringify({ tenant, email: address, password: 'x' })}${blank}`);

it('two spellings of one account are one subject', () => {
  fc.assert(
    fc.property(slug, slug, email, email, decorated, decorated, (slugA, slugB, emailA, emailB, wayA, wayB) => {
      fc.pre(normaliseSlug(slugA) === normaliseSlug(slugB) && normaliseEmail(emailA) === normaliseEmail(emailB));
      expect(accountOf(bodyOf(slugA, emailA, wayA))).toBe(accountOf(bodyOf(slugB, emailB, wayB)));
    }),
    { numRuns: 500, maxSkipsPerRun: 50 },
  );
});
