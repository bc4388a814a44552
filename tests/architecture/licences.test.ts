// Every package that is installed has a licence that goes with ours; one that has another is named here, with the
// reason.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './tree.ts';

const permissive = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'MIT OR Apache-2.0',
  'Unlicense',
]);
/** Tools of the tests, which are not delivered: their licence asks for nothing then. */
const exceptions = new Map([
  ['lightningcss', 'MPL-2.0'],
  ['lightningcss-*', 'MPL-2.0'],
  // Of the S3 server of the tests: MIT in their README, nothing in their manifest.
  ['only', 'none'],
  ['humanize-number', 'none'],
]);

type Licence = string | { type: string };
type Installed = { name: string; version: string; license?: Licence; licenses?: Licence[] };
const installed = globSync('node_modules/.pnpm/*/node_modules/{*,@*/*}/package.json', { cwd: root }).map(
  (file) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Installed,
);

it('every installed package has a licence that is allowed', () => {
  expect(installed.length).toBeGreaterThan(200);
  const others = installed.flatMap(({ name, version, licenses = [], license = licenses[0] }) => {
    const own = typeof license === 'string' ? license : (license?.type ?? 'none');
    const isExcepted = exceptions.get(name) === own || exceptions.get(`${name?.split('-', 1)[0]}-*`) === own;
    // Folders inside a package, such as a build for ES modules, have no name.
    return name === undefined || permissive.has(own) || isExcepted ? [] : [`${name}@${version}: ${own}`];
  });
  expect([...new Set(others)]).toEqual([]);
});
