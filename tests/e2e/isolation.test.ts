// Tenant B with tenant A's ids: on every route that exists, the answer is that of an unknown id,
// byte for byte but for `instance` and `traceId`.
import { randomUUID } from 'node:crypto';
import type { Answer } from '@holdfast/sdk';
import { allOperations, type Operation } from '@holdfast/shared/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { Business, type Order, type Person } from './business.ts';

type World = { business: Business; customer: Person; ids: Record<string, string> };

/** One object of every type, and what the routes call them. */
async function populate(): Promise<World> {
  const business = await Business.signUp();
  const customer = await business.registerCustomer();
  const sku = `CANARY-${randomUUID().slice(0, 8)}`;
  const product = await business.call<{ id: string; variants: { id: string }[] }>('POST', '/v1/products', {
    body: { name: `canary ${sku}`, variants: [{ sku, price: { amount: 100, currency: 'EUR' }, initialStock: 50 }] },
  });
  const variantId = product.body.variants[0]!.id;
  await business.untilStock(variantId, ({ onHand }) => onHand === 50);
  const adjustment = await business.call<{ id: string; locationId: string }>('POST', '/v1/adjustments', {
    key: randomUUID(),
    body: { variantId, delta: 1, reason: 'found' },
  });
  const order = await business.order(variantId, 1, { token: customer.token });
  const role = await business.call<{ name: string }>('POST', '/v1/roles', {
    body: { name: `Role_${randomUUID().slice(0, 8)}`, permissions: ['products:read'] },
  });
  const apiKey = await business.call<{ id: string }>('POST', '/v1/api-keys', {
    body: { name: 'machine', permissions: ['products:read'] },
  });
  const invited = await business.call<{ id: string }>('POST', '/v1/users', {
    body: { name: 'canary guest', email: `${randomUUID()}@guest.example`, role: 'STAFF', invite: true },
  });
  const [session] = await business.all<{ id: string }>('/v1/sessions', customer.token);
  expect([product.status, adjustment.status, order.status, role.status]).toEqual([201, 201, 201, 201]);
  const ids = {
    product: product.body.id,
    variant: variantId,
    adjustment: adjustment.body.id,
    location: adjustment.body.locationId,
    order: order.body.id,
    customer: customer.id,
    session: session!.id,
    apiKey: apiKey.body.id,
    invited: invited.body.id,
    role: role.body.name,
  };
  return { business, customer, ids };
}

/** Which object a path parameter names: the segment before it. */
const objectOf: Record<string, string> = {
  products: 'product',
  variants: 'variant',
  stock: 'variant',
  adjustments: 'adjustment',
  orders: 'order',
  users: 'customer',
  sessions: 'session',
  'api-keys': 'apiKey',
  roles: 'role',
};

/** Where that object would not do: what the operation does is done to one in another state. */
const objectFor: Record<string, string> = { sendInvitation: 'invited' };

function idsInPath(operation: Operation): { parameter: string; object: string } | undefined {
  const match = /\/([a-z-]+)\/:([a-zA-Z]+)/.exec(operation.path);
  if (!match) return undefined;
  const object = objectFor[operation.operationId] ?? objectOf[match[1]!];
  if (!object) throw new Error(`${operation.operationId}: add /${match[1]}/ to objectOf`);
  return { parameter: match[2]!, object };
}

function bodyFor(operation: Operation): unknown {
  return operation.method === 'GET' || operation.method === 'DELETE' ? undefined : operation.example;
}

function comparable({ status, body }: Answer): unknown {
  const { instance: _instance, traceId: _traceId, ...rest } = body;
  return { status, rest };
}

let a: World;
let b: World;
beforeAll(async () => {
  [a, b] = await Promise.all([populate(), populate()]);
});

const unknownIdOf = (id: string) => id.replace(/_.*/, `_${'a'.repeat(26)}`);

describe('ids in paths', () => {
  for (const operation of allOperations) {
    const named = idsInPath(operation);
    if (!named) continue;
    it(`${operation.operationId} answers for A's id as for an unknown one`, async () => {
      for (const token of [b.business.owner.token, b.customer.token]) {
        const ask = (id: string) =>
          b.business.call(operation.method, operation.path.replace(`:${named.parameter}`, id), {
            token,
            body: bodyFor(operation),
            key: randomUUID(),
          });
        const id = a.ids[named.object]!;
        const [foreign, unknown] = [await ask(id), await ask(unknownIdOf(id))];
        expect(comparable(foreign)).toEqual(comparable(unknown));
        expect(foreign.text).not.toContain('canary');
        expect([403, 404]).toContain(foreign.status);
      }
    });
  }
});

describe('ids in queries', () => {
  const filters = [
    '/v1/stock?variantId=$variant',
    '/v1/stock?locationId=$location',
    '/v1/movements?variantId=$variant',
    '/v1/adjustments?variantId=$variant',
    '/v1/orders?customerId=$customer',
    '/v1/users?ids=$customer',
    '/v1/users?ids=$invited',
  ];
  for (const filter of filters) {
    it(`${filter} finds nothing`, async () => {
      const path = filter.replace(/\$(\w+)/, (_, name: string) => a.ids[name]!);
      const answer = await b.business.call('GET', path);
      expect(answer).toMatchObject({ status: 200, body: { data: [], nextCursor: null } });
    });
  }
});

describe('ids in bodies', () => {
  /** The same body with A's id and with an unknown id gets the same answer, the id itself aside. */
  async function same(
    path: string,
    body: (id: string) => unknown,
    id: string,
    key: () => string | undefined = randomUUID,
  ) {
    const unknownId = unknownIdOf(id);
    const foreign = await b.business.call('POST', path, { key: key(), body: body(id) });
    const unknown = await b.business.call('POST', path, { key: key(), body: body(unknownId) });
    const hidden = (answer: Answer, own: string) =>
      JSON.parse(JSON.stringify(comparable(answer)).replaceAll(own, '(id)'));
    expect(hidden(foreign, id)).toEqual(hidden(unknown, unknownId));
    return foreign;
  }

  it('an order that names a variant of A', async () => {
    const lines = (variantId: string) => ({ lines: [{ variantId, quantity: 1 }] });
    expect(await same('/v1/orders', lines, a.ids.variant!)).toMatchObject({
      status: 422,
      body: { code: 'unknown_variant' },
    });
    const mixed = (variantId: string) => ({
      lines: [
        { variantId: b.ids.variant!, quantity: 1 },
        { variantId, quantity: 1 },
      ],
    });
    expect(await same('/v1/orders', mixed, a.ids.variant!)).toMatchObject({ status: 422 });
  });
  it('an order on behalf of a customer of A', async () => {
    const body = (customerId: string) => ({ customerId, lines: [{ variantId: b.ids.variant!, quantity: 1 }] });
    expect(await same('/v1/orders', body, a.ids.customer!)).toMatchObject({
      status: 422,
      body: { code: 'unknown_customer' },
    });
  });
  it('an adjustment of a variant of A, or at a location of A', async () => {
    const variant = (variantId: string) => ({ variantId, delta: 1, reason: 'found' });
    expect(await same('/v1/adjustments', variant, a.ids.variant!)).toMatchObject({
      status: 422,
      body: { code: 'unknown_variant' },
    });
    const location = (locationId: string) => ({ variantId: b.ids.variant!, locationId, delta: 1, reason: 'found' });
    expect(await same('/v1/adjustments', location, a.ids.location!)).toMatchObject({
      status: 422,
      body: { code: 'unknown_location' },
    });
  });
});

it('the same Idempotency-Key in two tenants is two keys', async () => {
  const key = randomUUID();
  const first = await a.business.order(a.ids.variant!, 1, { key });
  const second = await b.business.order(b.ids.variant!, 1, { key });
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body.id).not.toBe(first.body.id);
  expect(second.headers.get('idempotency-replayed')).toBeNull();
});

it('a cursor of A is refused for B, as is a forged one', async () => {
  await a.business.order(a.ids.variant!, 1);
  const page = await a.business.call<{ nextCursor: string }>('GET', '/v1/orders?limit=1');
  const { nextCursor } = page.body;
  expect(nextCursor).toBeTypeOf('string');
  const use = (business: Business, cursor: string, filter = '') =>
    business.call('GET', `/v1/orders?limit=1${filter}&cursor=${encodeURIComponent(cursor)}`);
  expect((await use(a.business, nextCursor)).status).toBe(200);
  const middle = Math.floor(nextCursor.length / 2);
  const forged = nextCursor.slice(0, middle) + (nextCursor[middle] === 'A' ? 'B' : 'A') + nextCursor.slice(middle + 1);
  for (const refused of [
    await use(b.business, nextCursor),
    await use(a.business, forged),
    await use(a.business, nextCursor, '&status=CONFIRMED'),
  ]) {
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  }
});

it("no list of B shows anything of A, and A's objects are untouched", async () => {
  const before = await a.business.call<Order>('GET', `/v1/orders/${a.ids.order}`);
  for (const path of [
    '/v1/orders',
    '/v1/products',
    '/v1/variants',
    '/v1/stock',
    '/v1/movements',
    '/v1/adjustments',
    '/v1/locations',
    '/v1/users',
    '/v1/users?status=invited',
  ]) {
    const text = JSON.stringify(await b.business.all(path));
    for (const id of [...Object.values(a.ids), a.business.tenantId, a.business.owner.id])
      expect(text, path).not.toContain(id);
  }
  expect(before).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
  expect(await a.business.checkLedger(a.ids.variant!)).toBeDefined();
});
