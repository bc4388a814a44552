// Bad input: a problem with a stable code, nothing stored, no 5xx, no driver text.
import { createHmac, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, expect, it } from 'vitest';
import { expectProblem } from '../api/problems.ts';
import { Business } from './business.ts';

let business: Business;
let variantId: string;
beforeAll(async () => {
  business = await Business.signUp();
  variantId = await business.stockVariant(100);
});

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
const line = (fields: object) => ({ lines: [{ variantId, quantity: 1, ...fields }] });
const orders: [string, unknown, number, string][] = [
  ['wrong type', { lines: 'all of them' }, 400, 'validation_failed'],
  ['no lines', { lines: [] }, 400, 'validation_failed'],
  ['unknown field', { ...line({}), discount: 100 }, 400, 'validation_failed'],
  ['unknown field in a line', line({ price: 1 }), 400, 'validation_failed'],
  ['a tenant in the body', { ...line({}), tenantId: 'ten_x' }, 400, 'validation_failed'],
  ['a status in the body', { ...line({}), status: 'CONFIRMED' }, 400, 'validation_failed'],
  ['zero', line({ quantity: 0 }), 400, 'validation_failed'],
  ['negative', line({ quantity: -1 }), 400, 'validation_failed'],
  ['fractional', line({ quantity: 1.5 }), 400, 'validation_failed'],
  ['huge', line({ quantity: 1e9 }), 400, 'validation_failed'],
  ['beyond safe integers', line({ quantity: 1e300 }), 400, 'validation_failed'],
  ['text for a quantity', line({ quantity: '1' }), 400, 'validation_failed'],
  ['an operator for an id', line({ variantId: { $ne: null } }), 400, 'validation_failed'],
  ['an operator for a quantity', line({ quantity: { $gt: 0 } }), 400, 'validation_failed'],
  ['unknown variant', line({ variantId: 'var_unknown' }), 422, 'unknown_variant'],
  [
    '1,000 lines',
    { lines: Array.from({ length: 1_000 }, (_, n) => ({ variantId: `var_${n}`, quantity: 1 })) },
    400,
    'validation_failed',
  ],
  [
    '101 variants',
    { lines: Array.from({ length: 101 }, (_, n) => ({ variantId: `var_${n}`, quantity: 1 })) },
    400,
    'validation_failed',
  ],
  ['deep metadata', { ...line({}), metadata: nested(60) }, 400, 'validation_failed'],
  ['operators in metadata', { ...line({}), metadata: { $where: 'sleep(1000)' } }, 400, 'validation_failed'],
  ['an operator as a metadata value', { ...line({}), metadata: { colour: { $gt: '' } } }, 400, 'validation_failed'],
  ['dotted metadata', { ...line({}), metadata: { 'events.0.id': 'x' } }, 400, 'validation_failed'],
  [
    '51 metadata keys',
    { ...line({}), metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, n])) },
    400,
    'validation_failed',
  ],
  ['a BSON type as metadata', { ...line({}), metadata: { _bsontype: 'Double', value: '1' } }, 400, 'validation_failed'],
  ['an unknown BSON type', { ...line({}), metadata: { _bsontype: 'Nonsense' } }, 400, 'validation_failed'],
  [
    '80,000 metadata keys',
    { ...line({}), metadata: Object.fromEntries(Array.from({ length: 80_000 }, (_, n) => [`k${n}`, 1])) },
    400,
    'validation_failed',
  ],
  ['a lone surrogate', { ...line({}), note: 'a\ud83d' }, 400, 'validation_failed'],
  ['U+0000', { ...line({}), note: 'a\0' }, 400, 'validation_failed'],
  [
    'an expected total with more to it',
    { ...line({}), expectedTotal: { amount: 1, currency: 'EUR', tax: 1 } },
    400,
    'validation_failed',
  ],
  ['a long note', { ...line({}), note: 'x'.repeat(2_001) }, 400, 'validation_failed'],
  ['an array', [], 400, 'validation_failed'],
  ['null', null, 400, 'validation_failed'],
];

it.each(orders)('refuses an order: %s', async (_name, body, status, code) => {
  expectProblem(await business.call('POST', '/v1/orders', { key: randomUUID(), body }), status, code);
});

const raw: [string, string, number, string][] = [
  ['malformed JSON', '{"lines": [', 400, 'malformed_json'],
  ['nothing', '', 400, 'validation_failed'],
  ['__proto__', '{"__proto__": {"admin": true}, "lines": []}', 400, 'malformed_json'],
  ['constructor.prototype', '{"constructor": {"prototype": {"admin": true}}, "lines": []}', 400, 'malformed_json'],
  ['over 1 MiB', `{"note": "${'x'.repeat(1024 * 1024)}"}`, 413, 'payload_too_large'],
  ['very deep', `{"metadata":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`, 400, ''],
];
it.each(raw)('refuses a body: %s', async (_name, rawBody, status, code) => {
  expectProblem(await business.call('POST', '/v1/orders', { key: randomUUID(), rawBody }), status, code || undefined);
});

it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'multipart/form-data; boundary=x'])(
  'refuses the media type %s',
  async (type) => {
    const answer = await business.call('POST', '/v1/orders', {
      key: randomUUID(),
      rawBody: '{}',
      headers: { 'content-type': type },
    });
    expectProblem(answer, 415, 'unsupported_media_type');
  },
);

const queries = [
  'limit=0',
  'limit=101',
  'limit=x',
  'limit=0x10',
  'limit=1e1',
  'unknown=1',
  'status=LOST',
  'status[$ne]=CONFIRMED',
  'from=yesterday',
  'customerId[$gt]=',
];
it.each(queries)('refuses the query %s', async (query) => {
  expectProblem(await business.call('GET', `/v1/orders?${query}`), 400, 'validation_failed');
});
it.each(['x', 'eyJ9', '%00', 'a'.repeat(900)])('refuses the cursor %s', async (cursor) => {
  expectProblem(await business.call('GET', `/v1/orders?cursor=${cursor}`), 400, 'invalid_cursor');
});

it.each(['', 'x'.repeat(129), 'tab\there', '"unclosed'])('refuses the Idempotency-Key %j', async (key) => {
  const answer = await business.call('POST', '/v1/orders', { headers: { 'idempotency-key': key }, body: line({}) });
  expectProblem(answer, 400);
});

it('refuses every token that is not ours, alive and whole, with one body', async () => {
  const [header, payload, signature] = business.owner.token.split('.') as [string, string, string];
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const decode = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString());
  const claims = decode(payload);
  const { privateKey, publicKey } = await generateKeyPair('EdDSA');
  const foreign = (fields: object, protectedHeader: object = {}) =>
    new SignJWT({ ...claims, ...fields })
      .setProtectedHeader({ ...decode(header), ...protectedHeader, alg: 'EdDSA' })
      .sign(privateKey);
  const jwks = await business.call<{ keys: { x: string }[] }>('GET', '/.well-known/jwks.json', { token: undefined });
  const hs256 = `${encode({ ...decode(header), alg: 'HS256' })}.${payload}`;
  const tokens = [
    undefined,
    'nonsense',
    'a.b.c',
    `${header}.${payload}.`,
    `${header}.${encode({ ...claims, role: 'OWNER', tid: 'ten_other' })}.${signature}`,
    `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
    `${hs256}.${createHmac('sha256', jwks.body.keys[0]!.x).update(hs256).digest('base64url')}`,
    await foreign({}),
    await foreign({ exp: 1 }),
    await foreign({}, { jwk: await exportJWK(publicKey) }),
    await foreign({}, { jku: 'http://127.0.0.1:1/jwks.json' }),
    await foreign({}, { kid: '../../etc/passwd' }),
    business.owner.refreshToken,
    `${business.owner.token} x`,
  ];
  const bodies = new Set<string>();
  for (const token of tokens) {
    const answer = await business.call('GET', '/v1/orders', { token });
    expectProblem(answer, 401, 'unauthenticated');
    bodies.add(JSON.stringify({ ...answer.body, traceId: '' }));
  }
  expect(bodies.size).toBe(1);
});

it('knows its paths and methods', async () => {
  expectProblem(await business.call('GET', '/v1/nothing'), 404, 'not_found');
  expectProblem(await business.call('GET', `/v1/orders/${'x'.repeat(300)}`), [404, 414]);
  const wrong = await business.call('DELETE', '/v1/orders');
  expectProblem(wrong, 405, 'method_not_allowed');
  expect(wrong.headers.get('allow')?.split(/, */).sort()).toEqual(expect.arrayContaining(['GET', 'POST']));
  for (const path of [
    '/metrics',
    '/internal/revocations',
    '/v1/../internal/revocations',
    '/v1/orders/..%2f..%2fmetrics',
  ]) {
    expectProblem(await business.call('GET', path), [400, 404]);
  }
});

it('has stored nothing of all this', async () => {
  expect(await business.all('/v1/orders')).toEqual([]);
  expect(await business.checkLedger(variantId)).toMatchObject({ onHand: 100, reserved: 0 });
});
