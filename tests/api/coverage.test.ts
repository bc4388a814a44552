// The suites of this folder take their operations from the document of the running gateway: it has to be complete.
import { allOperations } from '@holdfast/shared/contracts';
import { describe, expect, it } from 'vitest';
import { named, operations } from './operations.ts';
import { bodyWith, idsInPath, pathWith } from './world.ts';

it('the document of the gateway has exactly the operations of the contracts', () => {
  const described = operations.map(({ operationId, method, path, service }) => [operationId, method, path, service]);
  const declared = allOperations.map(({ operationId, method, path, service }) => [
    operationId,
    method,
    path.replace(/:([A-Za-z]+)/g, '{$1}'),
    service,
  ]);
  expect(described.sort()).toEqual(declared.sort());
});

describe.each(named(operations))('%s', (_id, operation) => {
  it('says who may call it', () => expect(operation.permission).not.toBeNull());
  it('has known objects in its path, and an example of its body', () => {
    const ids = Object.fromEntries(idsInPath(operation).map(({ object }) => [object, 'x']));
    expect(pathWith(operation, ids)).not.toContain('{');
    expect(bodyWith(operation, {}) !== undefined).toBe(operation.body !== undefined);
  });
});
