// The source tree as the tidy tests read it: files, their text, what they import.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** The repository. */
export const root = join(import.meta.dirname, '../..');
const isForeign = (name: string) => ['node_modules', '.data', 'results', 'dist'].includes(name);
const find = (pattern: string) => globSync(pattern, { cwd: root, exclude: isForeign }).sort();

/** Every TypeScript file that is ours, as a path from the root. */
export const files = [...find('{services,packages,tools,bench,tests,apps}/**/*.ts'), ...find('*.ts')];
/** What may name a file or a package besides: scripts, manifests, settings. */
export const others = find('{services,packages,tools,bench,tests,apps}/**/*.{mjs,json,yaml,yml,sh}').concat(
  find('{*.json,*.yaml,*.yml,Dockerfile}'),
);
/** Pages that people read. */
export const prose = [...find('*.md'), ...find('docs/**/*.md')];
/** Folders with a package.json. */
export const packages = find('{services,packages,tools,apps}/*/package.json')
  .concat(find('{bench,tests}/package.json'))
  .map(dirname);

const texts = new Map<string, string>();
/** The text of a file; a path from the root. */
export function textOf(file: string): string {
  const known = texts.get(file) ?? readFileSync(join(root, file), 'utf8');
  texts.set(file, known);
  return known;
}

/** The code of a file: no comments, so that prose breaks no rule. */
export function codeOf(file: string): string {
  return textOf(file).replace(/\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/.*$/gm, '');
}

export type Import = {
  file: string;
  /** A package, or the path of a file of ours from the root. */
  from: string;
  /** The names that are imported, without those of types. */
  names: string[];
  /** `import type`: stripped as a whole, so nothing is loaded. */
  typeOnly: boolean;
};

const statement = /^(?:import|export)\s+(type\s)?([^'"]*?)from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

/** Every import and re-export of a file. */
export function importsOf(file: string): Import[] {
  return [...codeOf(file).matchAll(statement)].map(([, type, bindings = '', named, bare, dynamic]) => {
    const from = (named ?? bare ?? dynamic)!;
    const listed = bindings.split(/[{},]/).map((name) => name.trim());
    const names = listed.filter((name) => name !== '' && !name.startsWith('type '));
    return {
      file,
      from: from.startsWith('.') ? relative(root, resolve(root, dirname(file), from)) : from,
      names,
      typeOnly: type !== undefined,
    };
  });
}

/** Every import of the tree. */
export const imports = files.flatMap(importsOf);

export type Manifest = {
  name: string;
  exports?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
};
/** The package.json of a folder. */
export const manifestOf = (folder: string) => JSON.parse(textOf(join(folder, 'package.json'))) as Manifest;

/** What our packages export: `@holdfast/shared/http` -> the path of its file. */
export const exported: ReadonlyMap<string, string> = new Map(
  packages.flatMap((folder) => {
    const { name, exports = {} } = manifestOf(folder);
    return Object.entries(exports).map(([subpath, file]): [string, string] => [
      join(name, subpath),
      join(folder, file),
    ]);
  }),
);

/** Tests and what only tests use. */
export const isTest = (file: string) => /\.test\.ts$/.test(file) || isTestSupport(file);
export const isTestSupport = (file: string) => /\.fixture\.ts$|\/lab\/|^tests\/|^bench\/counts\//.test(file);
