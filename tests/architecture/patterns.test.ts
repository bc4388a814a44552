// Regular expressions of our code take no long time on any text: what a client sends may meet each of them.
import { expect, it } from 'vitest';
import { codeOf, files, isTest, isTestSupport } from './tree.ts';

const literal =
  /(?<=[=(,:!?&|[]\s*)\/((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*)\/([dgimsuvy]*)/g;

const patterns = new Map(
  files
    .filter((file) => /^(services|packages)\//.test(file) && !isTest(file) && !isTestSupport(file))
    .flatMap((file) =>
      [...codeOf(file).matchAll(literal)].map(([text, source, flags]) => [text, { file, source, flags }]),
    ),
);
const lengthMax = 50_000;
const texts = ['a', '0', '-', 'a-', '.', ' ', '@', 'a@', 'a.', '1:', '/', 'x\t', '=', '"', '%41', '\u0301'].map(
  (piece) => piece.repeat(lengthMax / piece.length),
);

it('are found', () => expect(patterns.size).toBeGreaterThan(30));

it.each([...patterns])('%s answers 50,000 characters within 50 ms', (_text, { source, flags }) => {
  for (const text of texts) {
    // The best of three: a busy machine is not a slow pattern.
    const times = [1, 2, 3].map(() => {
      const regex = new RegExp(source!, flags);
      const began = performance.now();
      regex.test(`${text}!`);
      return performance.now() - began;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  }
});
