// Every operation with valid, nearly valid and hostile input that is generated from its schema. Whatever is sent:
// no fault, a status that the document names, a body of the documented shape, nothing of our insides.
// The inputs follow from a seed: `SEED=7 npm test -- api fuzz` tries others, and a failure prints its own.
import type { Answer, RequestOptions } from '@holdfast/sdk';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc, { type Arbitrary } from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { hostile, hostileText, parameterOf, validOf } from './arbitrary.ts';
import { fieldPaths, withValue } from './body-fields.ts';
import { type DescribedOperation, document, named, operations, parametersIn, takesHeader } from './operations.ts';
import { innards } from './problems.ts';
import { bodyWith, idInField, idsInPath, pathWith, populate, type World } from './world.ts';

const seed = Number(process.env.SEED ?? 1);
const runsMax = 60;
const runMsMax = 4_000;

let world: World;
beforeAll(async () => {
  world = await populate();
});

type Input = { path: string; options: RequestOptions };

function idOf(operation: DescribedOperation): (field: string) => string | undefined {
  return (field) => world.ids[idInField(operation, field) ?? ''];
}

function pathOf(operation: DescribedOperation): Arbitrary<string> {
  const parts = idsInPath(operation).map(({ object }) =>
    fc
      .oneof({ arbitrary: fc.constant(world.ids[object]!), weight: 12 }, hostileText, fc.string({ unit: 'binary' }))
      // Two segments of a URL are no parameter, and half a character is no URL.
      .map((text) => [object, ['', '.', '..'].includes(text) || !text.isWellFormed() ? 'x' : text]),
  );
  return fc.tuple(...parts).map((ids) => pathWith(operation, { ...world.ids, ...Object.fromEntries(ids) }));
}

function queryOf(operation: DescribedOperation): Arbitrary<string> {
  const fields = parametersIn(operation, 'query').map(({ name, schema }) => {
    // Cursors are sealed: those that are made up are refused, and real ones are followed below.
    const weight = name === 'cursor' ? 20 : 2;
    const value = parameterOf(schema, name, idOf(operation));
    return [name, fc.oneof({ arbitrary: fc.constant(undefined), weight }, value)] as const;
  });
  return fc.record(Object.fromEntries(fields)).map((query) => {
    const given = Object.entries(query).filter((one): one is [string, string] => one[1] !== undefined);
    return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  });
}

function bodyOf(operation: DescribedOperation): Arbitrary<RequestOptions> {
  const { body } = operation;
  if (operation.method === 'GET') return fc.constant({});
  if (operation.upload) return fileOf(operation.upload.example);
  if (!body)
    return fc.oneof(
      fc.constant({}),
      fc.constant({ body: {} }),
      hostile.map((value) => ({ body: value })),
    );
  const example = bodyWith(operation, world.ids);
  const valid = validOf(body.schema, '', { idOf: idOf(operation), example });
  const broken = (whole: unknown) =>
    fc.tuple(fc.constantFrom(...fieldPaths(operation)), hostile).map(([path, value]) => withValue(whole, path, value));
  const bodies = fc.oneof(
    { arbitrary: valid, weight: 5 },
    { arbitrary: fc.constant(example), weight: 2 },
    { arbitrary: broken(example), weight: 4 },
    { arbitrary: valid.chain(broken), weight: 2 },
    { arbitrary: hostile, weight: 1 },
  );
  const raw = fc.constantFrom('', '{', '[]', 'null', '{"a":1,"a":2}', '"\\ud83d"', '{"a":1e999}', '\ufeff{}', '//');
  return fc.oneof(
    { arbitrary: bodies.map((value): RequestOptions => ({ body: value })), weight: 9 },
    { arbitrary: raw.map((rawBody): RequestOptions => ({ rawBody })), weight: 1 },
  );
}

/** A file that is good, has hostile rows, or is anything at all. */
function fileOf(example: string): Arbitrary<RequestOptions> {
  const cells = fc.array(
    fc.array(hostileText, { maxLength: 5 }).map((row) => row.join(',')),
    { maxLength: 5 },
  );
  const files = fc.oneof(
    fc.constant(example),
    cells.map((rows) => `${example}${rows.join('\n')}`),
    fc.string({ unit: 'binary' }),
    cells.map((rows) => rows.join('\r\n')),
  );
  return files.map((rawBody) => ({ rawBody }));
}

/** Mostly left out: one that is refused hides what the rest would have led to. */
const rarely = <T>(...values: T[]) =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 15 }, fc.constantFrom(...values));
const headers: Arbitrary<Record<string, string>> = fc
  .record({
    // Nothing is waited for here.
    prefer: fc.constantFrom('respond-async', 'wait=0', 'wait=x, wait=0'),
    'if-match': rarely('"1"', '*', 'W/"2"', '"', ',', '1'),
    'if-none-match': rarely('"1"', '*', '"', ',,'),
    accept: rarely('*/*', 'application/json', 'text/html', ';q=', ','),
    'x-request-id': rarely('a', '"', 'x'.repeat(200)),
    traceparent: rarely('00-0-0-00', 'x'),
  })
  .map((given) => Object.fromEntries(Object.entries(given).filter((one): one is [string, string] => !!one[1])));

function inputsOf(operation: DescribedOperation): Arbitrary<Input> {
  const key = takesHeader(operation, 'Idempotency-Key')
    ? fc.oneof({ arbitrary: fc.uuid(), weight: 12 }, fc.constantFrom(undefined, 'k', '"', 'a b', '"q"'))
    : fc.constant(undefined);
  return fc
    .tuple(pathOf(operation), queryOf(operation), bodyOf(operation), headers, key)
    .map(([path, query, body, extra, given]) => ({
      path: path + query,
      options: {
        ...body,
        headers: {
          ...(body.rawBody === undefined ? {} : { 'content-type': operation.upload?.type ?? 'application/json' }),
          ...extra,
        },
        ...(given === undefined ? {} : { key: given }),
      },
    }));
}

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(document, 'document');

/** What the body of this status has to look like; undefined where there is none. */
function shapeOf({ path, method }: DescribedOperation, status: number, type: string): ValidateFunction | undefined {
  const place = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
  const pointer = place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  return ajv.getSchema(`document#/${pointer}`);
}

function check(operation: DescribedOperation, answer: Answer): void {
  const { status, text, headers: sent } = answer;
  expect(status, text).toBeLessThan(500);
  expect(Object.keys(operation.responses), `${status} is not documented: ${text}`).toContain(String(status));
  expect(text).not.toMatch(innards);
  const [type = ''] = (sent.get('content-type') ?? '').split(';');
  if (status === 204 || status === 304) {
    expect(text).toBe('');
    return;
  }
  if (!operation.isDownload || status >= 300) {
    expect(type).toBe(status < 300 ? 'application/json' : 'application/problem+json');
  }
  const validate = shapeOf(operation, status, type);
  expect(validate, `${status} has no schema for ${type}`).toBeDefined();
  const shown = type.endsWith('json') && !type.endsWith('ndjson') ? answer.body : text;
  expect(validate!(shown) ? [] : validate!.errors, text.slice(0, 500)).toEqual([]);
}

/** How often each kind of answer came, over all operations. */
const seen = new Map<string, number>();

async function fuzz(operation: DescribedOperation): Promise<void> {
  const send = async (path: string, options: RequestOptions) => {
    const answer = await world.business.call(operation.method, path, options);
    check(operation, answer);
    const kind = `${operation.operationId} ${answer.status < 400 ? 'done' : 'refused'}`;
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    return answer;
  };
  const end = performance.now() + runMsMax;
  let count = 0;
  const property = fc.asyncProperty(inputsOf(operation), async ({ path, options }) => {
    // The time ends the run, never the test: on a busy machine there are fewer inputs, the same ones first.
    count += 1;
    if (count > 1 && performance.now() > end) return;
    const { headers: got } = await send(path, options);
    const next = /^<([^>]+)>; rel="next"$/.exec(got.get('link') ?? '');
    if (next) await send(next[1]!, options);
  });
  await fc.assert(property, { seed, numRuns: runsMax });
}

// What changes and what ends things comes later: before that there has to be something to order, for example.
const stages: [string, string[]][] = [
  ['what makes and reads', ['GET', 'POST']],
  ['what changes', ['PUT', 'PATCH']],
  ['what ends something', ['DELETE']],
];
describe.each(stages)(`with seed ${seed}, %s`, (_stage, methods) => {
  // Many wait, for a hash or a projection: several at once take half the time.
  describe.concurrent('whatever is sent', () => {
    it.each(named(operations.filter(({ method }) => methods.includes(method))))('%s', async (_id, operation) =>
      fuzz(operation),
    );
  });
});

it('has met both: what is done, and what is refused', () => {
  const ids = operations.map(({ operationId }) => operationId);
  // Some need a secret that nobody guesses here, and what costs a hash may have had few inputs.
  for (const kind of ['done', 'refused']) {
    const missing = ids.filter((id) => !seen.has(`${id} ${kind}`));
    expect(missing.length / ids.length, `never ${kind}: ${missing}`).toBeLessThan(0.2);
  }
});

it('would see a field that no answer has, and a status that nobody told of', () => {
  const operation = operations.find(({ operationId }) => operationId === 'readMyPermissions')!;
  const answer = (status: number, body: object): Answer => {
    const headers = new Headers({ 'content-type': 'application/json' });
    return { status, headers, body: body as Record<string, unknown>, text: JSON.stringify(body) };
  };
  const body = { role: 'OWNER', permissions: [] };
  check(operation, answer(200, body));
  for (const wrong of [answer(200, { ...body, passwordHash: 'x' }), answer(200, { role: 1 }), answer(201, body)])
    expect(() => check(operation, wrong)).toThrow();
  expect(() => check(operation, answer(200, { ...body, role: 'MongoServerError: x' }))).toThrow();
});
