// How files look: their length, their literals, the words of the project. A formatter sees to the rest.
import { describe, expect, it } from 'vitest';
import { codeOf, files, isTest, others, prose, textOf } from './tree.ts';

const code = [...files, ...others.filter((file) => file.endsWith('.mjs'))];
/** Tests may be longer: they are read one case at a time. */
const linesMax = (file: string) => (isTest(file) ? 450 : 350);

const linesOf = (file: string) => textOf(file).split('\n');

describe('files', () => {
  it('are short enough to be read at once', () => {
    const long = code.filter((file) => linesOf(file).length - 1 > linesMax(file));
    expect(long, 'ask which room is missing and give it a file; do not cut it in halves').toEqual([]);
  });
});

describe('code', () => {
  it('spreads no literal', () => {
    const found = code.filter((file) => /\.\.\.\{/.test(codeOf(file)));
    expect(
      found,
      'write the fields themselves instead of spreading a literal: the formatter decides about lines',
    ).toEqual([]);
  });
});

describe('words', () => {
  /** What is not said, and what is said instead. */
  const forbidden: [RegExp, string][] = [
    [/\bHTTP face\b/i, 'HTTP routes of ...'],
    [/\btold again\b/i, 're-emitted (a full-state snapshot for resync)'],
    [/\blook(ed|s)? at again\b/i, 'checked again, retried'],
    [/\bserves nobody\b/i, 'why it matters, in plain words'],
    [/\blook(ed)?-?again/i, 'retry, poll, check again'],
  ];

  it.each(forbidden)('%s is not among them: %s', (pattern, instead) => {
    const here = 'tests/architecture/text.test.ts';
    const found = [...code, ...prose].filter((file) => file !== here && pattern.test(textOf(file)));
    expect(found, `say: ${instead}`).toEqual([]);
  });
});
