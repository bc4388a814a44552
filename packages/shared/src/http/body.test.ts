// What a hostile body costs and how it is refused; and that no legitimate one is.
import fastify, { type FastifyRequest } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Operation, ordersApi } from '../contracts/index.ts';
import { cpuMs } from '../testing/cpu-time.ts';
import { makeThing, testApp } from './app.fixture.ts';
import { createBodyParser } from './body.ts';
import { bodyBytesMax, bodyDepthMax, bodyItemsPerArrayMax, bodyKeysPerObjectMax, bodyValuesMax } from './limits.ts';
import { registerOperation } from './operation-route.ts';
import { zodValidator } from './validation.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function postThing(payload: string | Buffer) {
  const { app, tokens } = await testApp();
  open.push(app);
  registerOperation(app, makeThing, async ({ body }) => ({ status: 201, body: { id: 'x', name: body.name } }));
  const headers = { ...(await tokens.bearer()), 'idempotency-key': 'k', 'content-type': 'application/json' };
  const answer = await app.inject({ method: 'POST', url: '/v1/things', headers, payload });
  return { status: answer.statusCode, body: answer.json() };
}
const withFree = (free: string) => postThing(`{"name":"a","free":${free}}`);
const record = (count: number) => `{${Array.from({ length: count }, (_, n) => `"k${n}":1`).join(',')}}`;
const list = (count: number, item = '1') => `[${Array(count).fill(item).join(',')}]`;

describe('a body', () => {
  it.each([
    ['too many keys', record(bodyKeysPerObjectMax + 1), '/free', 'too_many_keys'],
    ['too many keys far inside', `[[{"a":${record(bodyKeysPerObjectMax + 1)}}]]`, '/free/0/0/a', 'too_many_keys'],
    ['too many items', list(bodyItemsPerArrayMax + 1), '/free', 'too_many_items'],
    ['too many values', list(1_000, list(bodyValuesMax / 1_000)), '', 'too_many_values'],
    [
      'too many levels',
      `${'['.repeat(bodyDepthMax)}${']'.repeat(bodyDepthMax)}`,
      `/free${'/0'.repeat(31)}`,
      'too_deep',
    ],
    ['_bsontype', '{"a":{"_bsontype":"Double","value":"1"}}', '/free/a', 'reserved_key'],
    ['toBSON', '[{"toBSON":1}]', '/free/0', 'reserved_key'],
    ['an operator', '{"$where":"1"}', '/free', 'reserved_key'],
    ['constructor', '{"constructor":"x"}', '/free', 'reserved_key'],
    ['prototype', '{"a/b":{"prototype":{}}}', '/free/a~1b', 'reserved_key'],
    ['a lone surrogate', '["\\ud83d"]', '/free/0', 'invalid_text'],
    ['a lone surrogate as a key', '{"\\udc00":1}', '/free/\udc00', 'invalid_text'],
    ['U+0000', '{"a":"x\\u0000"}', '/free/a', 'invalid_text'],
  ])('with %s is refused at its place', async (_what, free, pointer, code) => {
    const { status, body } = await withFree(free);
    expect({ status, code: body.code, errors: body.errors }).toMatchObject({
      status: 400,
      code: 'validation_failed',
      errors: [{ pointer, code }],
    });
  });

  it('that is only a text is refused like any other', async () => {
    expect(await postThing('"\\ud83d"')).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  });

  it.each([
    ['as many keys as allowed', record(bodyKeysPerObjectMax)],
    ['as many items as allowed', list(bodyItemsPerArrayMax)],
    ['as many levels as allowed', `${'['.repeat(bodyDepthMax - 1)}${']'.repeat(bodyDepthMax - 1)}`],
    ['a thousand rows of 25 values', list(1_000, list(25))],
    ['structure in its texts', JSON.stringify('[{,"\\'.repeat(40_000))],
    ['emoji', '"👩‍👩‍👧‍👦 \\ud83d\\ude00"'],
  ])('with %s is taken', async (_what, free) => {
    expect((await withFree(free)).status).toBe(201);
  });
});

const padded = (text: string) => text.slice(0, bodyBytesMax);
const order = (fields: string) => `{"lines":[{"variantId":"v","quantity":1}],${fields}}`;
const hostile: [string, string][] = [
  ['metadata of 80,000 keys', order(`"metadata":${record(80_000)}`)],
  ['metadata of as many keys as values are allowed', order(`"metadata":${record(bodyValuesMax - 100)}`)],
  ['350,000 empty objects', `{"lines":${list(340_000, '{}')}}`],
  ['500,000 numbers', `{"lines":${list(500_000)}}`],
  ['deep nesting', `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
  ['as many lines as items are allowed, full of unknown fields', `{"lines":${list(1_000, record(28))}}`],
  ['unknown fields of every kind', `{${Array.from({ length: 120 }, (_, n) => `"f${n}":${list(200)}`).join(',')}}`],
  ['one long text', order(`"note":"${padded('x'.repeat(1_000_000))}"`)],
  ['a text of escapes', order(`"note":"${'\\"'.repeat(500_000)}"`)],
  ['combining marks', order(`"shippingAddress":{"name":"a${'\u0300\u0316'.repeat(250_000)}"}`)],
  ['the word __proto__ and much else', `["__proto__",${list(340_000, '{}').slice(1)}`],
];

describe('the event loop', () => {
  const parse = createBodyParser(fastify());
  const parseBody = (text: string) => parse({} as FastifyRequest, text);
  const validate = zodValidator({
    schema: ordersApi.placeOrder.body,
    httpPart: 'body',
    method: 'POST',
    url: '/v1/orders',
  });

  it.each(hostile)('is blocked by %s for less than 20 ms', (_what, text) => {
    const handle = () => {
      try {
        return validate(parseBody(text));
      } catch (error) {
        return { error };
      }
    };
    expect(handle()).toMatchObject({ error: { code: 'validation_failed' } });
    expect(cpuMs(handle)).toBeLessThan(20);
  });

  it('is blocked for microseconds by an order of two lines', () => {
    const text = JSON.stringify({
      lines: [1, 2].map((n) => ({ variantId: `var_${'a'.repeat(25)}${n}`, quantity: n })),
    });
    const plain = cpuMs(() => Array.from({ length: 10_000 }, () => JSON.parse(text)));
    const checked = cpuMs(() => Array.from({ length: 10_000 }, () => parseBody(text)));
    expect((checked - plain) / 10).toBeLessThan(5);
    expect(z.object({ lines: z.array(z.unknown()) }).parse(parseBody(text)).lines).toHaveLength(2);
  });
});

it('of another type is refused; to PATCH it is told which types there are', async () => {
  const { app, tokens } = await testApp();
  open.push(app);
  const patchThing: Operation = { ...makeThing, method: 'PATCH', idempotencyKey: 'none' };
  registerOperation(app, makeThing, async () => ({ status: 201, body: { id: 'x', name: 'n' } }));
  registerOperation(app, patchThing, async () => ({ status: 201, body: { id: 'x', name: 'n' } }));
  const send = async (method: 'POST' | 'PATCH', type: string) => {
    const headers = { ...(await tokens.bearer()), 'content-type': type, 'idempotency-key': 'k' };
    const answer = await app.inject({ method, url: '/v1/things', headers, payload: '{"name":"n"}' });
    return [answer.statusCode, answer.headers['accept-patch']];
  };
  const types = 'application/json, application/merge-patch+json';
  expect(await send('PATCH', 'text/plain')).toEqual([415, types]);
  for (const type of types.split(', ')) expect(await send('PATCH', type)).toEqual([201, undefined]);
  expect(await send('POST', 'application/merge-patch+json')).toEqual([415, undefined]);
});

it('that is not UTF-8 is refused instead of being stored as something else', async () => {
  const bodyOf = (name: string, encoding: 'utf8' | 'latin1' | 'utf16le') => Buffer.from(`{"name":"${name}"}`, encoding);
  expect(await postThing(bodyOf('æ', 'utf8'))).toMatchObject({ status: 201, body: { name: 'æ' } });
  for (const payload of [bodyOf('æ', 'latin1'), bodyOf('a', 'utf16le'), Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])]) {
    expect(await postThing(payload)).toMatchObject({ status: 400, body: { code: 'malformed_json' } });
  }
});
