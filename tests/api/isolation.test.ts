// Tenant B with tenant A's ids, on every operation that exists and in every place that takes an id: the answer is that
// of an unknown id, byte for byte but for `instance` and `traceId`, it shows nothing of A, and nothing of A changes.
import { createHash, randomUUID } from 'node:crypto';
import type { Answer, RequestOptions } from '@holdfast/sdk';
import { until } from '@holdfast/shared/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { Business } from '../e2e/business.ts';
import { fieldPaths, withValue } from './body-fields.ts';
import { cacheDump } from './cache-dump.ts';
import { type Documents, documentsOf, settledDocumentsOf } from './documents.ts';
import {
  type DescribedOperation,
  isList,
  named,
  operations,
  type Parameter,
  parametersIn,
  resolve,
  takesHeader,
} from './operations.ts';
import { expectProblem } from './problems.ts';
import { ask, bodyWith, idInField, idsInPath, pathWith, populate, type World } from './world.ts';

const keyed = operations.filter((operation) => takesHeader(operation, 'Idempotency-Key'));
const lists = operations.filter(isList);
const keyOf = ({ operationId }: DescribedOperation) => `the-key-of-${operationId}`;

let a: World;
let b: World;
/** What A's own requests with keys have made. */
const madeByA = new Map<string, Answer>();
const cursorsOfA = new Map<string, string>();
let storedOfA: Documents;

beforeAll(async () => {
  [a, b] = await Promise.all([populate(), populate()]);
  for (const list of lists) cursorsOfA.set(list.operationId, await cursorOf(a, list));
  for (const operation of keyed) madeByA.set(operation.operationId, await ask(a, operation, { key: keyOf(operation) }));
  await untilJobsEnd(a);
  storedOfA = await settledDocumentsOf(a.business.tenantId);
});

/** Jobs that the requests of a business have started change their documents until they end. */
async function untilJobsEnd({ business }: World): Promise<void> {
  const haveEnded = async () => {
    const paths = ['/v1/imports', '/v1/exports', '/v1/reconciliations'];
    const jobs = await Promise.all(paths.map((path) => business.all<{ status: string }>(path)));
    return jobs.flat().every(({ status }) => status !== 'queued' && status !== 'running');
  };
  await until(haveEnded, { what: 'the jobs have ended', timeoutMs: 90_000, everyMs: 250 });
}

/** A request of B, whose answer must not show anything of A. */
async function asB(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  const answer = await b.business.call(method, path, options);
  expect(answer.text, `${method} ${path}`).not.toContain(a.canary);
  expect(JSON.stringify([...answer.headers])).not.toContain(a.canary);
  return answer;
}

const unknownIdOf = (id: string) => (id.includes('_') ? id.replace(/_.*/, `_${'a'.repeat(26)}`) : 'nobody');

/** All that an answer says, the id itself aside. */
function comparable({ status, body, headers }: Answer, id: string): unknown {
  const { instance: _instance, traceId: _traceId, ...rest } = body;
  const shown = ['content-type', 'www-authenticate', 'cache-control', 'etag', 'location'].map((name) =>
    headers.get(name),
  );
  return JSON.parse(JSON.stringify({ status, shown, rest }).replaceAll(id, '(id)'));
}

describe('ids in paths', () => {
  const withIds = operations.filter((operation) => idsInPath(operation).length > 0);

  it.each(named(withIds))("%s answers for A's id as for an unknown one", async (_id, operation) => {
    for (const token of [b.business.owner.token, b.customer.token]) {
      for (const { object } of idsInPath(operation)) {
        const send = (id: string) =>
          asB(operation.method, pathWith(operation, { ...b.ids, [object]: id }), {
            token,
            body: bodyWith(operation, b.ids),
            key: randomUUID(),
          });
        const [id, unknownId] = [a.ids[object]!, unknownIdOf(a.ids[object]!)];
        const [foreign, unknown] = await Promise.all([send(id), send(unknownId)]);
        expect(comparable(foreign, id)).toEqual(comparable(unknown, unknownId));
        expectProblem(foreign, [403, 404]);
      }
    }
  });
});

describe('queries', () => {
  const filters = operations.flatMap((operation) =>
    parametersIn(operation, 'query')
      .filter(({ name }) => name !== 'limit' && name !== 'cursor')
      .map((parameter): [string, DescribedOperation, Parameter] => [
        `${operation.operationId}?${parameter.name}`,
        operation,
        parameter,
      ]),
  );
  const isText = ({ schema }: Parameter) =>
    resolve(schema).type === 'string' && !resolve(schema).enum && resolve(schema).format !== 'date-time';
  const searched = (name: string) =>
    ({ sku: `${a.canary}-00`, q: a.customer.email, role: a.ids.role })[name] ?? a.canary;
  const find = (operation: DescribedOperation, name: string, value: string) =>
    asB('GET', `${pathWith(operation, b.ids)}?${name}=${encodeURIComponent(value)}`);

  it.each(filters.filter(([, operation, { name }]) => idInField(operation, name) !== undefined))(
    "%s finds nothing by A's id",
    async (_name, operation, { name }) => {
      const answer = await find(operation, name, a.ids[idInField(operation, name)!]!);
      expect(answer).toMatchObject({ status: 200, body: { data: [], nextCursor: null } });
    },
  );

  it.each(filters.filter(([, operation, one]) => idInField(operation, one.name) === undefined && isText(one)))(
    "%s finds nothing by A's words",
    async (_name, operation, { name }) => {
      expect(await find(operation, name, searched(name))).toMatchObject({ status: 200, body: { data: [] } });
    },
  );
});

describe('ids in bodies', () => {
  const idAt = (operation: DescribedOperation, path: readonly string[]) =>
    /^\d+$/.test(path.at(-1)!) ? undefined : idInField(operation, path.at(-1)!);
  // A filter that finds nothing is no error; what an export finds is looked at below.
  const withIds = operations.filter(({ operationId }) => operationId !== 'createExport');
  const fields = withIds.flatMap((operation) =>
    fieldPaths(operation)
      .filter((path) => idAt(operation, path) !== undefined)
      .map((path): [string, DescribedOperation, string[]] => [
        `${operation.operationId} /${path.join('/')}`,
        operation,
        path,
      ]),
  );
  const isIdList = (path: readonly string[]) => /(^i|I)ds$/.test(path.at(-1)!);

  it('are found', () => expect(fields.length).toBeGreaterThanOrEqual(4));

  it.each(fields)("%s: A's id is unknown", async (_name, operation, path) => {
    const id = a.ids[idAt(operation, path)!]!;
    for (const token of [b.business.owner.token, b.customer.token]) {
      const send = (value: string) =>
        asB(operation.method, pathWith(operation, b.ids), {
          token,
          key: randomUUID(),
          body: withValue(bodyWith(operation, b.ids), path, isIdList(path) ? [value] : value),
        });
      const [foreign, unknown] = await Promise.all([send(id), send(unknownIdOf(id))]);
      expect(comparable(foreign, id)).toEqual(comparable(unknown, unknownIdOf(id)));
      expectProblem(foreign, [403, 404, 422]);
    }
  });
});

it.each([
  ['stock', 'locationId', 'location'],
  ['movements', 'variantId', 'variant'],
  ['orders', 'customerId', 'customer'],
])("an export of %s with A's %s has nothing in it", async (kind, field, object) => {
  // A business of its own: it repeats the filter, and lists of B show nothing of A.
  const other = await Business.signUp();
  const body = { kind, format: 'ndjson', filter: { [field]: a.ids[object] } };
  const { status, body: queued } = await other.call('POST', '/v1/exports', { body });
  expect(status).toBe(202);
  const isDone = async () => (await other.call('GET', `/v1/exports/${queued.id}`)).body.status === 'done';
  await until(isDone, { what: 'the export is done' });
  expect((await other.call('GET', `/v1/exports/${queued.id}/file`)).text).toBe('');
});

describe('Idempotency-Keys of A', () => {
  it.each(named(keyed))('%s: mean nothing to B', async (_id, operation) => {
    const first = madeByA.get(operation.operationId)!;
    expect([200, 201, 202], first.text).toContain(first.status);
    const answer = await ask(b, operation, { key: keyOf(operation) });
    expect([answer.status, answer.headers.get('idempotency-replayed')]).toEqual([first.status, null]);
    expect(answer.text).not.toContain(a.canary);
    if (first.body.id !== undefined) expect(answer.body.id).not.toBe(first.body.id);
  });
});

/** Lists of which there is one item at most, so that they have no second page. */
const singles = ['listLocations'];

/** The cursor after the first item. */
async function cursorOf({ business, ids }: World, operation: DescribedOperation): Promise<string> {
  const { status, body, text } = await business.call('GET', `${pathWith(operation, ids)}?limit=1`);
  expect(status, text).toBe(200);
  const { nextCursor } = body;
  if (typeof nextCursor === 'string') return nextCursor;
  if (!singles.includes(operation.operationId))
    throw new Error(`${operation.operationId}: add a second one to populate`);
  return '';
}

describe('cursors of A', () => {
  const use = (world: World, operation: DescribedOperation, cursor: string, filter = '') =>
    world.business.call(
      'GET',
      `${pathWith(operation, world.ids)}?limit=1&cursor=${encodeURIComponent(cursor)}${filter}`,
    );
  const paged = lists.filter(({ operationId }) => !singles.includes(operationId));

  it.each(named(paged))('%s: are good for A alone, for this list, unchanged', async (_id, operation) => {
    const cursor = cursorsOfA.get(operation.operationId)!;
    expect((await use(a, operation, cursor)).status).toBe(200);
    const refused = [await use(b, operation, cursor)];
    for (const at of [0, Math.floor(cursor.length / 2), Math.floor(cursor.length / 3), cursor.length - 2]) {
      const flipped = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
      refused.push(await use(a, operation, flipped));
    }
    for (const other of paged.filter((one) => one !== operation)) refused.push(await use(a, other, cursor));
    const filter = parametersIn(operation, 'query').find(({ schema }) => resolve(schema).enum);
    if (filter) refused.push(await use(a, operation, cursor, `&${filter.name}=${resolve(filter.schema).enum![0]}`));
    for (const answer of refused) expectProblem(answer, 400, 'invalid_cursor');
  });
});

it.each(named(lists))('%s: no page of B shows anything of A', async (_id, operation) => {
  for (const token of [b.business.owner.token, b.customer.token]) {
    const path = pathWith(operation, b.ids);
    if ((await asB('GET', path, { token })).status === 403) continue;
    const text = JSON.stringify(await b.business.all(path, token));
    for (const own of [...Object.values(a.ids), a.canary, a.business.tenantId, a.business.owner.id])
      expect(text).not.toContain(own);
  }
});

it("all of A's documents are as they were, to the byte", async () => {
  const hashesOf = (documents: Documents) =>
    Object.fromEntries(
      Object.entries(documents).map(([collection, list]) => [
        collection,
        createHash('sha256').update(JSON.stringify(list)).digest('hex'),
      ]),
    );
  expect(Object.keys(storedOfA).length).toBeGreaterThan(10);
  const now = await settledDocumentsOf(a.business.tenantId);
  expect(hashesOf(now)).toEqual(hashesOf(storedOfA));
  expect(JSON.stringify(await documentsOf(b.business.tenantId))).not.toContain(a.canary);
});

it("the cache has answers of A, under A's keys alone, and every key says whose it is", async () => {
  const dump = await cacheDump();
  const strange = [...dump.keys()].filter((key) => !/^(t:\{?ten_[a-z2-7]{26}\}?:|rate:)/.test(key));
  expect(strange).toEqual([]);
  const showing = [...dump].filter(([, text]) => text.includes(a.canary)).map(([key]) => key);
  expect(showing.length).toBeGreaterThan(5);
  expect(showing.filter((key) => !key.startsWith(`t:{${a.business.tenantId}}:cache:answer:`))).toEqual([]);
});
