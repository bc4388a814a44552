// Paths of their own among paths with a parameter.
import { expect, it } from 'vitest';
import { createMethodTable } from './methods.ts';

it('a path beside a parameter has only its own methods', () => {
  const table = createMethodTable<true>();
  for (const [method, path] of [
    ['GET', '/v1/things'],
    ['GET', '/v1/things/:id'],
    ['DELETE', '/v1/things/:id'],
    ['POST', '/v1/things/bulk.all'],
    ['GET', '/v1/things/:id/parts'],
  ] as const) {
    table.add(method, path, true);
  }
  const shadowed = [...table.shadowed()].map(([method, paths]) => [method, ...paths]);
  expect(shadowed).toEqual([
    ['GET', '/v1/things/bulk.all'],
    ['DELETE', '/v1/things/bulk.all'],
  ]);
  expect([...table.find('/v1/things/bulk.all')!.keys()]).toEqual(['POST']);
});
