// Every mutant still fits: its source is in its file exactly once, and so is the file of its test.
// `npm run mutate` runs them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { applyMutant } from '../mutate/mutant.ts';
import { mutants } from '../mutate/mutants.ts';

const rootDir = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(rootDir, file), 'utf8');

it('has names that tell them apart', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

it.each(mutants.map((mutant) => [mutant.name, mutant] as const))('%s can be put in its place', (_name, mutant) => {
  const text = read(mutant.file);
  expect(applyMutant(text, mutant)).not.toBe(text);
  expect(existsSync(join(rootDir, mutant.test.file))).toBe(true);
});
