// The import rules: who may know whom. Imports run one way; services meet in @holdfast/shared/contracts only.
import { describe, expect, it } from 'vitest';
import { codeOf, files, type Import, imports, isTest } from './tree.ts';

const source = imports.filter(({ file }) => !isTest(file));

function violations(rule: (one: Import) => boolean): string[] {
  return source.filter(rule).map(({ file, from }) => `${file} imports ${from}`);
}

it('reads the tree', () => {
  expect(files.length).toBeGreaterThan(100);
  expect(imports.length).toBeGreaterThan(500);
});

describe('services', () => {
  it('never import one another', () => {
    const serviceOf = (path: string) => /^services\/([^/]+)\//.exec(path)?.[1];
    const named = (from: string) => /^@holdfast\/(gateway|auth|catalog|inventory|orders|realtime)\b/.exec(from)?.[1];
    expect(
      violations(({ file, from }) => {
        const own = serviceOf(file);
        const other = serviceOf(from) ?? named(from);
        return own !== undefined && other !== undefined && other !== own;
      }),
    ).toEqual([]);
  });

  it('reach the outside only through the libraries that are theirs', () => {
    const inService = (file: string) => file.startsWith('services/');
    const may: Record<string, (file: string) => boolean> = {
      ioredis: () => false,
      bullmq: () => false,
      redlock: () => false,
      mongodb: () => false,
      'socket.io': (file) => file.startsWith('services/realtime/'),
    };
    expect(violations(({ file, from }) => inService(file) && may[from] !== undefined && !may[from](file))).toEqual([]);
  });

  it('use mongoose in stores only', () => {
    const allowed = (file: string) => file.endsWith('.store.ts') || file.startsWith('packages/shared/src/persistence/');
    const scope = (file: string) => /^(services|packages)\//.test(file);
    expect(
      violations(({ file, from, typeOnly }) => from === 'mongoose' && !typeOnly && scope(file) && !allowed(file)),
    ).toEqual([]);
  });

  it('keep tests and test tools out of what runs', () => {
    const isTool = (from: string) =>
      from === 'vitest' || from.startsWith('@holdfast/shared/testing') || from.startsWith('@holdfast/devstack');
    expect(violations(({ file, from }) => file.startsWith('services/') && isTool(from))).toEqual([]);
  });
});

describe('packages/shared', () => {
  const layers = [
    ['contracts', 'values', 'errors'],
    ['redis', 'persistence', 'telemetry'],
    ['messaging', 'jobs', 'http'],
    ['process'],
    ['testing'],
  ];
  const levelOf = (path: string) => {
    const folder = /^packages\/shared\/src\/([^/]+)\//.exec(path)?.[1];
    return layers.findIndex((layer) => folder !== undefined && layer.includes(folder));
  };

  it('has no folder that the rules do not know', () => {
    const folders = new Set(files.map((file) => /^packages\/shared\/src\/([^/]+)\//.exec(file)?.[1]));
    folders.delete(undefined);
    expect([...folders].sort()).toEqual(layers.flat().sort());
  });

  it('lower folders are blind to higher ones', () => {
    expect(violations(({ file, from }) => levelOf(file) >= 0 && levelOf(from) > levelOf(file))).toEqual([]);
  });

  it('contracts import only zod, and types of errors', () => {
    const inside = (path: string) => path.startsWith('packages/shared/src/contracts/');
    const isErrorType = ({ from, typeOnly }: Import) => typeOnly && from.startsWith('packages/shared/src/errors/');
    expect(
      violations((one) => inside(one.file) && one.from !== 'zod' && !inside(one.from) && !isErrorType(one)),
    ).toEqual([]);
  });

  it('is entered by its subpaths, not by its files', () => {
    expect(
      violations(({ file, from }) => !file.startsWith('packages/shared/') && from.startsWith('packages/shared/')),
    ).toEqual([]);
  });
});

describe('the environment', () => {
  it('is read in config.ts only', () => {
    const reads = files
      .filter((file) => /^(services|packages)\//.test(file) && !isTest(file))
      .filter((file) => codeOf(file).includes('process.env'));
    const allowed = (file: string) => file.endsWith('/config.ts') || file.startsWith('packages/shared/src/testing/');
    expect(reads.filter((file) => !allowed(file))).toEqual([]);
  });
});
