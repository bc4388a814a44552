// The page on security names the test that proves each control: every one of them exists.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const docs = join(import.meta.dirname, '../../docs');
const page = readFileSync(join(docs, 'security.md'), 'utf8');

/** Rows of the tables of controls: what stands in the second column. */
const proofs = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('](../'))
  .map((line) => line.split(' | ').slice(1).join(' | '));

/** `[file](path)` and the titles that follow it. */
function citations(text: string): { path: string; titles: string[] }[] {
  return text
    .split(/(?=\[[^\]]+\]\()/)
    .map((piece) => ({ path: /\]\((\.\.\/[^)]+)\)/.exec(piece)?.[1], titles: [...piece.matchAll(/"([^"]+)"/g)] }))
    .filter((one): one is { path: string; titles: RegExpExecArray[] } => one.path !== undefined)
    .map(({ path, titles }) => ({ path, titles: titles.map((match) => match[1]!) }));
}

it('every control has a proof', () => {
  expect(proofs.length).toBeGreaterThan(30);
  for (const proof of proofs) expect([proof, citations(proof).length > 0]).toEqual([proof, true]);
});

it.each(proofs.flatMap(citations).map(({ path, titles }) => [path, titles] as const))(
  '%s is there: %j',
  (path, titles) => {
    const file = resolve(docs, path);
    expect(existsSync(file), file).toBe(true);
    if (statSync(file).isDirectory()) return;
    const text = readFileSync(file, 'utf8');
    for (const title of titles) expect(text.includes(title), `${path}: "${title}"`).toBe(true);
  },
);
