// Operators, prototypes and fields that are not the client's to set, in every place of every operation: refused,
// never a fault, and nothing that is stored changes.
import { randomUUID } from 'node:crypto';
import type { Answer, RequestOptions } from '@holdfast/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { fieldPaths, objectPaths, schemaAt, valueAt, withValue } from './body-fields.ts';
import { type Documents, settledDocumentsOf } from './documents.ts';
import { type DescribedOperation, named, operations, parametersIn } from './operations.ts';
import { expectProblem } from './problems.ts';
import { bodyWith, idsInPath, pathWith, populate, type World } from './world.ts';

let world: World;
let stored: Documents;
beforeAll(async () => {
  world = await populate();
  stored = await settledDocumentsOf(world.business.tenantId);
});

const send = (operation: DescribedOperation, path: string, options: RequestOptions = {}): Promise<Answer> =>
  world.business.call(operation.method, path, { key: randomUUID(), ...options });
const withBody = operations.filter(({ body }) => body);

const operators: unknown[] = [
  { $ne: null },
  [{ $gt: '' }],
  { $regex: '.*' },
  { $where: 'sleep(1000)' },
  { constructor: { prototype: { admin: true } } },
  { _bsontype: 'ObjectId', id: 'x' },
];

describe('an operator in a body is 400', () => {
  it.each(named(withBody))('%s', async (_id, operation) => {
    const [path, valid] = [pathWith(operation, world.ids), bodyWith(operation, world.ids)];
    const bodies = [
      ...operators,
      ...operators.filter((one) => !Array.isArray(one)).map((one) => Object.assign({}, valid, one)),
      ...fieldPaths(operation).flatMap((field) => operators.map((one) => withValue(valid, field, one))),
    ];
    const refused = bodies.map(async (body) => expectProblem(await send(operation, path, { body }), 400));
    await Promise.all(refused);
  });
});

describe('a prototype in a body is 400', () => {
  it.each(named(withBody))('%s', async (_id, operation) => {
    const [path, valid] = [pathWith(operation, world.ids), bodyWith(operation, world.ids)];
    for (const place of objectPaths(valid)) {
      // As text: an object that is written down with __proto__ has no such key.
      const marked = withValue(valid, [...place, '(here)'], { admin: true });
      for (const key of ['__proto__', '\\u005f_proto__'])
        expectProblem(
          await send(operation, path, { rawBody: JSON.stringify(marked).replace('(here)', key) }),
          400,
          'malformed_json',
        );
    }
  });
});

describe('a field that is not for clients is 400', () => {
  const notForClients = {
    _id: 'x',
    id: 'x',
    __v: 7,
    tenantId: 'ten_other',
    role: 'OWNER',
    status: 'CONFIRMED',
    version: 99,
    createdAt: '2020-01-01T00:00:00.000Z',
    createdBy: 'usr_other',
    events: [],
    passwordHash: 'x',
    unitPrice: { amount: 1, currency: 'EUR' },
    total: { amount: 1, currency: 'EUR' },
    permissions: ['tenant:manage'],
    reserved: 0,
  };

  it.each(named(withBody))('%s', async (_id, operation) => {
    const [path, valid] = [pathWith(operation, world.ids), bodyWith(operation, world.ids)];
    for (const place of objectPaths(valid)) {
      const known = schemaAt(operation, place)?.properties;
      if (!known) continue;
      for (const [name, value] of Object.entries(notForClients).filter(([one]) => !(one in known))) {
        const body = withValue(valid, place, Object.assign({}, valueAt(valid, place), { [name]: value }));
        const answer = await send(operation, path, { body });
        expectProblem(answer, 400, 'validation_failed');
        const pointer = ['', ...place, name].join('/');
        expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer, code: 'unknown_field' }));
      }
    }
  });
});

describe('an operator in a query is refused, or a text that nothing has', () => {
  it.each(named(operations))('%s', async (_id, operation) => {
    const [path, body] = [pathWith(operation, world.ids), bodyWith(operation, world.ids)];
    const unknown = ['$where=1', '__proto__[admin]=1', '__proto__=1', 'constructor.prototype.admin=1', '$or[0][a]=1'];
    const known = parametersIn(operation, 'query').flatMap(({ name }) => [
      ...['$ne', '$gt', '$regex', '$where', '__proto__', ''].map((inner) => `${name}[${inner}]=x`),
      `${name}.$ne=x`,
      `${name}=a&${name}=b`,
    ]);
    const refused = [...unknown, ...known].map(async (query) =>
      expectProblem(await send(operation, `${path}?${encodeURI(query)}`, { body }), 400),
    );
    const texts = parametersIn(operation, 'query').map(async ({ name }) => {
      const answer = await send(operation, `${path}?${name}=${encodeURIComponent('{"$ne":null}')}`);
      if (answer.status === 200) expect(answer.body).toEqual({ data: [], nextCursor: null });
      else expectProblem(answer, 400);
    });
    await Promise.all([...refused, ...texts]);
  });
});

describe('an operator in a path is 400 or 404', () => {
  const hostileIds = ['{"$ne":null}', '[$ne]', '$where', '__proto__', 'constructor', 'x\0', '../../x', "' OR 1=1", '%'];
  const withIds = operations.filter((operation) => idsInPath(operation).length > 0);

  it.each(named(withIds))('%s', async (_id, operation) => {
    const body = bodyWith(operation, world.ids);
    for (const { object } of idsInPath(operation)) {
      const refused = hostileIds.map(async (id) => {
        const answer = await send(operation, pathWith(operation, { ...world.ids, [object]: id }), { body });
        expectProblem(answer, [400, 404]);
      });
      await Promise.all(refused);
    }
  });
});

it('nothing that is stored has changed', async () => {
  expect(await settledDocumentsOf(world.business.tenantId)).toEqual(stored);
});
