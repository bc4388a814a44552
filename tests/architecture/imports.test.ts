// The import rules: who may know whom. Imports run one way; services meet in @holdfast/shared/contracts only.
import { describe, expect, it } from 'vitest';
import { codeOf, exported, files, type Import, imports, isTest, manifestOf, packages } from './tree.ts';

const source = imports.filter(({ file }) => !isTest(file));

const byFile = Map.groupBy(imports, ({ file }) => file);

/** Every file and package that importing this file loads. */
function loadedBy(file: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  for (const { from, typeOnly } of byFile.get(file) ?? []) if (!typeOnly) loadedBy(exported.get(from) ?? from, loaded);
  return loaded;
}

function violations(rule: (one: Import) => boolean): string[] {
  return source.filter(rule).map(({ file, from }) => `${file} imports ${from}`);
}

it('reads the tree', () => {
  expect(files.length).toBeGreaterThan(100);
  expect(imports.length).toBeGreaterThan(500);
});

it('no package depends on itself through others, for its tests neither', () => {
  const needs = new Map(
    packages.map((folder) => {
      const { name, dependencies, devDependencies } = manifestOf(folder);
      return [name, Object.keys({ ...dependencies, ...devDependencies })];
    }),
  );
  const reach = (name: string, seen = new Set<string>()): Set<string> => {
    for (const next of needs.get(name) ?? []) if (!seen.has(next)) reach(next, seen.add(next));
    return seen;
  };
  expect([...needs.keys()].filter((name) => reach(name).has(name))).toEqual([]);
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

  it('load the database driver only where there is a database: it takes a fifth of a start of the gateway', () => {
    const drivers = ['mongoose', 'mongodb', 'bullmq'];
    const driversOf = (service: string) =>
      drivers.filter((name) => loadedBy(`services/${service}/src/main.ts`).has(name));
    expect(driversOf('catalog')).toContain('mongoose');
    expect(driversOf('gateway')).toEqual([]);
  });

  it('keep tests and test tools out of what runs', () => {
    const testing = 'packages/shared/src/testing/';
    const isTool = (from: string) =>
      /^(vitest|@holdfast\/(shared\/testing|devstack|checker|sdk))\b/.test(from) || /\.fixture\.ts$|\/lab\//.test(from);
    const runs = (file: string) => /^(services|packages)\//.test(file) && !file.startsWith(testing);
    expect(violations(({ file, from }) => runs(file) && isTool(from) && !from.startsWith(testing))).toEqual([]);
  });
});

describe('packages/shared', () => {
  const layers = [
    ['contracts', 'values', 'errors'],
    ['redis', 'persistence', 'telemetry'],
    ['cache', 'messaging', 'jobs', 'http'],
    ['process'],
    ['service'],
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

  it('the rooms of messaging stand on one another in one direction', () => {
    const rooms = [['streams', 'batching'], ['relay', 'consumer'], ['resync']];
    const roomOf = (path: string) => /^packages\/shared\/src\/messaging\/([^/]+)\//.exec(path)?.[1];
    const floorOf = (room: string) => rooms.findIndex((floor) => floor.includes(room));
    expect(
      violations(({ file, from }) => {
        const [own, other] = [roomOf(file), roomOf(from)];
        if (own === undefined || other === undefined || own === other) return false;
        return floorOf(own) <= floorOf(other);
      }),
    ).toEqual([]);
  });

  it('contracts import only zod, the list of currencies, and types of errors and values', () => {
    const inside = (path: string) => path.startsWith('packages/shared/src/contracts/');
    const outside = new Set(['zod', 'dinero.js/currencies']);
    const isType = ({ from, typeOnly }: Import) => typeOnly && /^packages\/shared\/src\/(errors|values)\//.test(from);
    expect(
      violations((one) => inside(one.file) && !outside.has(one.from) && !inside(one.from) && !isType(one)),
    ).toEqual([]);
  });

  it('is entered by its subpaths, not by its files', () => {
    expect(
      violations(({ file, from }) => !file.startsWith('packages/shared/') && from.startsWith('packages/shared/')),
    ).toEqual([]);
  });
});

describe('the cache', () => {
  it('is for the catalog: what decides stock or money is read where it is true', () => {
    const isCache = (from: string) =>
      from === '@holdfast/shared/cache' || from.startsWith('packages/shared/src/cache/');
    const may = (file: string) => file.startsWith('services/catalog/') || file.startsWith('packages/shared/src/cache/');
    expect(violations(({ file, from }) => isCache(from) && !may(file))).toEqual([]);
  });
});

describe('packages/sdk', () => {
  it('knows the contracts and nothing of Node, so that it runs in a browser as well', () => {
    const inside = (path: string) => path.startsWith('packages/sdk/');
    const isErrorType = ({ from, typeOnly }: Import) => typeOnly && from === '@holdfast/shared/errors';
    expect(
      violations(
        (one) =>
          inside(one.file) && one.from !== '@holdfast/shared/contracts' && !inside(one.from) && !isErrorType(one),
      ),
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
