// What a customer may learn: own orders, capped availability, nothing else. And what each role may do.
import { randomUUID } from 'node:crypto';
import { allOperations, permissionsOf, type Role, roles } from '@holdfast/shared/contracts';
import { until } from '@holdfast/shared/testing';
import { io, type Socket } from 'socket.io-client';
import { beforeAll, expect, it } from 'vitest';
import { Business, type Person } from './business.ts';

let business: Business;
let alice: Person;
let mallory: Person;
let variantId: string;
beforeAll(async () => {
  business = await Business.signUp();
  [alice, mallory] = await Promise.all([business.registerCustomer(), business.registerCustomer()]);
  variantId = await business.stockVariant(50);
});

it("never sees another customer's order, list or timeline, nor cancels it", async () => {
  const order = await business.order(variantId, 1, { token: alice.token });
  expect(order.status).toBe(201);
  for (const [method, suffix] of [
    ['GET', ''],
    ['GET', '/timeline'],
    ['POST', '/cancel'],
  ] as const) {
    const foreign = await business.call(method, `/v1/orders/${order.body.id}${suffix}`, { token: mallory.token });
    const unknown = await business.call(method, `/v1/orders/ord_${'a'.repeat(26)}${suffix}`, { token: mallory.token });
    expect(foreign).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect({ ...foreign.body, instance: '', traceId: '' }).toEqual({ ...unknown.body, instance: '', traceId: '' });
  }
  expect(await business.all('/v1/orders', mallory.token)).toEqual([]);
  expect(await business.all(`/v1/orders?customerId=${alice.id}`, mallory.token)).toEqual([]);
  expect(await business.all('/v1/orders', alice.token)).toHaveLength(1);
  const onBehalf = await business.call('POST', '/v1/orders', {
    token: mallory.token,
    key: randomUUID(),
    body: { customerId: alice.id, lines: [{ variantId, quantity: 1 }] },
  });
  expect(onBehalf).toMatchObject({ status: 403, body: { code: 'forbidden' } });
});

it('reads availability of at most 10, staff read all', async () => {
  const fresh = await business.stockVariant(50);
  const shown = await business.call('GET', `/v1/stock/${fresh}`, { token: alice.token });
  expect(shown.body).toEqual({ variantId: fresh, available: 10 });
  const mine = await business.order(fresh, 1_000, { token: alice.token });
  expect(mine).toMatchObject({
    status: 409,
    body: { shortages: [{ variantId: fresh, requested: 1_000, available: 10 }] },
  });
  const rejected = await business.call('GET', `/v1/orders/${mine.body.orderId}`, { token: alice.token });
  expect(rejected).toMatchObject({ status: 200, body: { status: 'REJECTED', shortages: [{ available: 10 }] } });
  const staff = await business.order(fresh, 1_000);
  expect(staff).toMatchObject({ status: 409, body: { shortages: [{ available: 50 }] } });
  for (const path of ['/v1/stock', '/v1/movements', '/v1/adjustments', '/v1/locations']) {
    expect(await business.call('GET', path, { token: alice.token })).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
  }
});

it('learns nothing of drafts and archived variants: they are like unknown ids', async () => {
  const price = { amount: 1999, currency: 'EUR' };
  const draft = {
    name: 'Coming soon',
    status: 'draft',
    variants: [{ sku: `SOON-${randomUUID()}`, price, initialStock: 5 }],
  };
  type Created = { id: string; variants: { id: string }[] };
  const { body: product } = await business.call<Created>('POST', '/v1/products', { body: draft });
  const { id } = product.variants[0]!;
  await until(async () => (await business.stock(id))?.onHand === 5, { what: 'staff see its stock' });
  const asAlice = async (method: 'GET' | 'POST', path: string, of: string) => {
    const body = method === 'POST' ? { lines: [{ variantId: of, quantity: 1 }] } : undefined;
    const answer = await business.call(method, path.replace(':id', of), {
      token: alice.token,
      body,
      key: randomUUID(),
    });
    return {
      status: answer.status,
      body: JSON.stringify({ ...answer.body, instance: '', traceId: '' }).replaceAll(of, ''),
    };
  };
  const expectUnknown = async () => {
    for (const [method, path] of [
      ['GET', '/v1/stock/:id'],
      ['GET', '/v1/variants/:id'],
      ['POST', '/v1/orders'],
    ] as const) {
      expect(await asAlice(method, path, id)).toEqual(await asAlice(method, path, `var_${'a'.repeat(26)}`));
    }
  };
  await expectUnknown();
  await business.call('PATCH', `/v1/products/${product.id}`, { body: { status: 'active' } });
  await until(async () => (await asAlice('GET', '/v1/stock/:id', id)).status === 200, { what: 'she sees it' });
  expect((await business.order(id, 1, { token: alice.token })).status).toBe(201);
  await business.call('DELETE', `/v1/products/${product.id}`);
  await until(async () => (await asAlice('GET', '/v1/stock/:id', id)).status === 404, {
    what: 'she does not see it any more',
  });
  await until(async () => (await asAlice('POST', '/v1/orders', id)).status === 422, {
    what: 'she cannot order it any more',
  });
  await expectUnknown();
});

it("hears nothing of another customer's order at the socket, whatever it subscribes to", async () => {
  const socket: Socket = io(business.url, {
    transports: ['websocket'],
    auth: { token: mallory.token },
    forceNew: true,
    reconnection: false,
  });
  const heard: { name: string; message: unknown }[] = [];
  socket.onAny((name: string, message: unknown) => heard.push({ name, message }));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  const accepted = await business.order(variantId, 1, { token: alice.token, headers: { prefer: 'respond-async' } });
  await socket.emitWithAck('subscribe', { topics: [`order:${accepted.body.id}`, `variant:${variantId}`] });
  await business.call('GET', `/v1/orders/${accepted.body.id}`, { headers: { prefer: 'wait=10' } });
  await business.call('POST', `/v1/orders/${accepted.body.id}/cancel`, { token: alice.token });
  // Her own order is the fence: when it is heard, everything before it would have been heard too.
  const own = await business.order(variantId, 1, { token: mallory.token });
  await until(() => heard.some((one) => JSON.stringify(one.message).includes(own.body.id)), {
    what: 'her own order is heard',
  });
  socket.disconnect();
  const text = JSON.stringify(heard);
  expect(text).not.toContain(accepted.body.id);
  expect(text).not.toContain('onHand');
  expect(text).not.toContain('reserved"');
  expect(heard.some((one) => one.name.startsWith('stockUpdated:'))).toBe(false);
});

it('every role gets 403 exactly where the table says no, and 401 without a token', async () => {
  const people = new Map<Role, string>([
    ['OWNER', business.owner.token],
    ['CUSTOMER', alice.token],
  ]);
  for (const role of roles) if (!people.has(role)) people.set(role, (await business.employ(role)).token);
  for (const operation of allOperations) {
    const path = operation.path.replace(/:[a-zA-Z]+/, `none_${'a'.repeat(26)}`);
    if (operation.access !== 'public') {
      const anonymous = await business.call(operation.method, path, { token: undefined });
      expect(anonymous, operation.operationId).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    }
    if (typeof operation.access === 'string') continue;
    for (const [role, token] of people) {
      const body = operation.method === 'GET' || operation.method === 'DELETE' ? undefined : {};
      const answer = await business.call(operation.method, path, { token, body, key: randomUUID() });
      const allowed = operation.access.some((permission) => permissionsOf(role).has(permission));
      expect(answer.status === 403, `${role} ${operation.operationId}: ${answer.status}`).toBe(!allowed);
    }
  }
});
