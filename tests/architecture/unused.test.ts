// Nothing lies around: every file is used by another one, every dependency by an import, every import is listed.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  codeOf,
  exported,
  files,
  imports,
  isTest,
  isTestSupport,
  type Manifest,
  manifestOf,
  others,
  packages,
  root,
  textOf,
} from './tree.ts';

describe('files', () => {
  const importers = Map.groupBy(imports, ({ from }) => exported.get(from) ?? from);
  const isUsed = (file: string) =>
    (importers.get(file) ?? []).some((one) => one.file !== file && (!isTest(one.file) || isTestSupport(one.file))) ||
    (isTestSupport(file) && importers.has(file));
  /** Started as a process or named as a setting: its path stands in the text of another file. */
  const isNamed = (file: string) => {
    const name = basename(file).replaceAll('.', '\\.');
    const quoted = new RegExp(`(?<!\\bfrom |\\bimport |\\bimport\\()['"\`](?:[^'"\`]*/)?${name}['"\`]`);
    return [...files, ...others].some((other) => other !== file && quoted.test(codeOf(other)));
  };
  const isEntry = (file: string) => /\.test\.ts$|\/main\.ts$/.test(file) || file === 'vitest.config.ts';

  it('are all imported, or started as a process', () => {
    const unused = files.filter((file) => !isEntry(file) && !isUsed(file) && !isNamed(file));
    expect(unused, 'only tests, or nobody, use these files: delete them with their tests').toEqual([]);
  });
});

const packageOf = (from: string) => /^(@[^/]+\/[^/]+|[^/]+)/.exec(from)![1]!;
const isForeign = (from: string) => !from.startsWith('node:') && !files.includes(from) && !existsSync(join(root, from));

describe.each(packages)('%s/package.json', (folder) => {
  const { name: own, dependencies = {}, devDependencies = {} } = manifestOf(folder);
  const used = imports.filter(({ file, from }) => file.startsWith(`${folder}/`) && isForeign(from));
  const code = [...files, ...others]
    .filter((file) => file.startsWith(`${folder}/`) && /\.(ts|mjs)$/.test(file))
    .map(codeOf);
  // Every test runs under the tools of the root.
  const tools = Object.keys(manifestOf('.').devDependencies ?? {});
  const listed = (name: string) => name in dependencies || name in devDependencies || name === own;

  it('lists what is imported', () => {
    const missing = used.filter(({ file, from }) => {
      const name = packageOf(from);
      return !listed(name) && !(tools.includes(name) && (isTest(file) || /config\.ts$/.test(file)));
    });
    expect(
      missing.map(({ file, from }) => `${file} imports ${from}`),
      `add it to ${folder}/package.json with "catalog:"`,
    ).toEqual([]);
  });

  it('keeps what runs out of devDependencies', () => {
    const wrong = used.filter(({ file, from, typeOnly }) => {
      const name = packageOf(from);
      return !typeOnly && !isTest(file) && !(name in dependencies) && name in devDependencies;
    });
    expect(
      wrong.map(({ file, from }) => `${file} imports ${from}`),
      'what a file needs that is no test belongs to dependencies',
    ).toEqual([]);
  });

  it('lists nothing that nobody imports', () => {
    const imported = new Set(used.map(({ from }) => packageOf(from)));
    const installed = [...imported].map((name) => join(root, folder, 'node_modules', name, 'package.json'));
    const peers = new Set(
      installed
        .filter((path) => existsSync(path))
        .flatMap((path) => Object.keys((JSON.parse(readFileSync(path, 'utf8')) as Manifest).peerDependencies ?? {})),
    );
    const isUsed = (name: string) =>
      imported.has(name) ||
      peers.has(name) ||
      imported.has(name.replace(/^@types\//, '')) ||
      code.some((text) => text.includes(`'${name}'`));
    expect(
      Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !isUsed(name)),
      `remove it from ${folder}/package.json and run pnpm install`,
    ).toEqual([]);
  });
});

it('the catalog of pnpm-workspace.yaml has no version that no package asks for', () => {
  const catalog = textOf('pnpm-workspace.yaml')
    .split(/^catalog:$/m)[1]!
    .split(/^$/m)[0]!;
  const versions = [...catalog.matchAll(/^ {2}'?([^':\s]+)'?: /gm)].map((match) => match[1]!);
  expect(versions.length).toBeGreaterThan(20);
  const asked = ['.', ...packages].flatMap((folder) => {
    const { dependencies, devDependencies } = manifestOf(folder);
    return Object.keys({ ...dependencies, ...devDependencies });
  });
  const unused = versions.filter((name) => !asked.includes(name));
  expect(unused, 'remove the line and run pnpm install').toEqual([]);
});
