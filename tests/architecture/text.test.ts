// How files look: their head, their comments, their length, the words of the project. A formatter sees to the rest.
import { describe, expect, it } from 'vitest';
import { codeOf, files, isTest, others, prose, textOf } from './tree.ts';

const code = [...files, ...others.filter((file) => file.endsWith('.mjs'))];
const columnsMax = 120;
const headLinesMax = 6;
/** Tests may be longer: they are read one case at a time. */
const linesMax = (file: string) => (isTest(file) ? 450 : 350);

const linesOf = (file: string) => textOf(file).split('\n');

describe('files', () => {
  it('are short enough to be read at once', () => {
    const long = code.filter((file) => linesOf(file).length - 1 > linesMax(file));
    expect(long, 'ask which room is missing and give it a file; do not cut it in halves').toEqual([]);
  });

  /** A package's public entry only lists files, and the name of a test says what it is about. */
  const needsHead = (file: string) => !/\/index\.ts$|\.test\.ts$/.test(file);

  it('say at the top what they are for, in line comments', () => {
    const wrong = code.filter((file) => {
      const first = linesOf(file)[0]!;
      return /^\/\*/.test(first) || (needsHead(file) && !first.startsWith('// '));
    });
    expect(wrong, 'the first line is `// What this file is for.`, then `// Invariant: ...` if it keeps one').toEqual(
      [],
    );
  });

  it('hold no marks of an unfinished merge', () => {
    const marks = ['<', '>', '|'].map((mark) => `${mark.repeat(7)} `);
    const torn = [...files, ...others, ...prose].filter((file) =>
      linesOf(file).some((line) => marks.some((mark) => line.startsWith(mark))),
    );
    expect(torn, 'finish the merge').toEqual([]);
  });

  it('have a short head', () => {
    const long = code.filter((file) => linesOf(file).findIndex((line) => !line.startsWith('//')) > headLinesMax);
    expect(long, `a head has at most ${headLinesMax} lines; the rest belongs to the function that it explains`).toEqual(
      [],
    );
  });
});

describe('comments', () => {
  it(`are at most ${columnsMax} columns wide`, () => {
    const wide = code.flatMap((file) =>
      linesOf(file).flatMap((line, index) =>
        line.length > columnsMax && /^\s*(\/\/|\/?\*)/.test(line) ? [`${file}:${index + 1}`] : [],
      ),
    );
    expect(wide, 'wrap these lines').toEqual([]);
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

describe('tests', () => {
  it('wait with `until`, which says what for', () => {
    const found = code.filter((file) => /\bvi\.wait(For|Until)\b/.test(codeOf(file)));
    expect(found, 'use until() of @holdfast/shared/testing').toEqual([]);
  });
});

describe('words', () => {
  /** What is not said, and what is said instead. */
  const forbidden: [RegExp, string][] = [
    [/\bHTTP face\b/i, 'HTTP routes of ...'],
    [/\btold again\b/i, 're-emitted (a full-state snapshot for resync)'],
    [/\blook(ed|s|ing)? (at )?again\b/i, 'checked again, retried'],
    [/\bserves nobody\b/i, 'why it matters, in plain words'],
    [/\blook(ed)?-?again/i, 'retry, poll, check again'],
    [/\bput(s|ting)? (it |them |anything )?away\b/i, 'dead-lettered, parked'],
    [/\b(Redis|MongoDB|auth|store|service|relay) (is|being) away\b/i, 'is down'],
  ];

  it.each(forbidden)('%s is not among them: %s', (pattern, instead) => {
    const here = 'tests/architecture/text.test.ts';
    const found = [...code, ...prose].filter((file) => file !== here && pattern.test(textOf(file)));
    expect(found, `say: ${instead}`).toEqual([]);
  });
});
