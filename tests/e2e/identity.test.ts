// An owner runs the people of a business: what is changed is in force on HTTP and on open sockets within 5 seconds.
import { randomUUID } from 'node:crypto';
import { until } from '@holdfast/shared/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { inForceMs, openAccess } from './access.ts';
import { Business, type Person, password } from './business.ts';

let business: Business;
beforeAll(async () => {
  business = await Business.signUp();
});
const access = openAccess();
const { listen, isLockedOut } = access;
afterEach(access.closeSockets);

const status = async (method: string, path: string, { token }: Pick<Person, 'token'>) =>
  (await business.call(method, path, { token })).status;
const refresh = async ({ refreshToken }: Pick<Person, 'refreshToken'>) =>
  business.call<{ accessToken: string; refreshToken: string }>('POST', '/v1/auth/refresh', { body: { refreshToken } });

describe('in force within 5 s on every service and socket', () => {
  it('another role: the old token is dead, a refreshed one has the new rights', async () => {
    const sam = await business.employ('STAFF');
    const open = await listen(sam);
    expect(await status('GET', '/v1/users', sam)).toBe(403);
    expect((await business.call('PATCH', `/v1/users/${sam.id}`, { body: { role: 'MANAGER' } })).status).toBe(200);
    await isLockedOut(sam, open);
    const { body } = await refresh(sam);
    expect(await status('GET', '/v1/users', { token: body.accessToken })).toBe(200);
    await listen({ ...sam, token: body.accessToken });
  });

  it('a changed role of the business, for all who have it', async () => {
    const name = `Buyer-${randomUUID().slice(0, 8)}`;
    const permissions = ['products:read', 'stock:read', 'orders:read', 'profile:own'];
    await business.call('POST', '/v1/roles', { body: { name, permissions } });
    const buyers = [await business.employ(name), await business.employ(name)];
    const open = await Promise.all(buyers.map(listen));
    expect(await status('GET', '/v1/stock', buyers[0]!)).toBe(200);
    expect(
      (await business.call('PATCH', `/v1/roles/${name}`, { body: { permissions: ['products:read'] } })).status,
    ).toBe(200);
    for (const [n, buyer] of buyers.entries()) await isLockedOut(buyer, open[n]!);
    const { body } = await refresh(buyers[0]!);
    expect(await status('GET', '/v1/stock', { token: body.accessToken })).toBe(403);
    expect(await status('GET', '/v1/products', { token: body.accessToken })).toBe(200);
  });

  it('a password that staff set: every session of the person is over', async () => {
    const sam = await business.employ('SUPPORT');
    const open = await listen(sam);
    const body = { newPassword: 'a fresh pass phrase' };
    expect((await business.call('POST', `/v1/users/${sam.id}/password`, { body })).status).toBe(204);
    await isLockedOut(sam, open);
    expect((await refresh(sam)).status).toBe(401);
  });

  it('the own password: all other sessions end, this one and its socket go on', async () => {
    const sam = await business.employ('STAFF');
    const login = { tenant: business.slug, email: sam.email, password };
    const signedIn = await business.call<{ accessToken: string }>('POST', '/v1/auth/login', { body: login });
    const elsewhere = { ...sam, token: signedIn.body.accessToken };
    const [here, there] = [await listen(sam), await listen(elsewhere)];
    const body = { currentPassword: password, newPassword: 'a fresh pass phrase' };
    expect((await business.call('POST', '/v1/me/password', { token: sam.token, body })).status).toBe(204);
    await isLockedOut(elsewhere, there);
    expect([await status('GET', '/v1/orders', sam), here.socket.connected]).toEqual([200, true]);
  });

  it('a revoked API key: it works through the gateway until then', async () => {
    const body = { name: 'Scanner', permissions: ['stock:read', 'products:read'] };
    const made = await business.call<{ id: string; key: string }>('POST', '/v1/api-keys', { body });
    const machine = { token: made.body.key };
    expect([await status('GET', '/v1/stock', machine), await status('GET', '/v1/orders', machine)]).toEqual([200, 403]);
    expect(await status('DELETE', `/v1/api-keys/${made.body.id}`, business.owner)).toBe(204);
    for (const path of ['/v1/stock', '/v1/products']) {
      const isRefused = async () => (await status('GET', path, machine)) === 401;
      await until(isRefused, { what: `${path} refuses the key`, timeoutMs: inForceMs });
    }
  });

  it('a closed business: everybody is out, and signing in is answered as for one that never was', async () => {
    const shop = await Business.signUp();
    const [owner, customer] = [shop.owner, await shop.registerCustomer()];
    const open = await Promise.all([owner, customer].map(listen));
    expect((await shop.call('POST', '/v1/tenant/close', { body: { slug: shop.slug } })).status).toBe(202);
    for (const [n, person] of [owner, customer].entries()) await isLockedOut(person, open[n]!);
    const login = (tenant: string) =>
      business.call('POST', '/v1/auth/login', { body: { tenant, email: owner.email, password } });
    const [closed, unknown] = [await login(shop.slug), await login(`no-${shop.slug}`)];
    expect(closed).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    expect(unknown).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    expect((await refresh(customer)).status).toBe(401);
  });

  it('one ended session, a disabled and a deleted account', async () => {
    const [one, two, three] = [
      await business.employ('STAFF'),
      await business.employ('STAFF'),
      await business.employ('STAFF'),
    ];
    const open = await Promise.all([one, two, three].map(listen));
    const [session] = await business.all<{ id: string }>('/v1/sessions', one.token);
    expect(await status('DELETE', `/v1/sessions/${session!.id}`, one)).toBe(204);
    await business.call('PATCH', `/v1/users/${two.id}`, { body: { status: 'disabled' } });
    expect((await business.call('DELETE', `/v1/users/${three.id}`)).status).toBe(204);
    for (const [n, person] of [one, two, three].entries()) await isLockedOut(person, open[n]!);
  });
});

describe('a role of the business', () => {
  it('hears at the socket what it may read: stock without orders', async () => {
    const name = `Clerk-${randomUUID().slice(0, 8)}`;
    await business.call('POST', '/v1/roles', { body: { name, permissions: ['products:read', 'stock:read'] } });
    const [clerk, staff] = [await business.employ(name), await business.employ('STAFF')];
    const heard: Record<string, Set<string>> = { clerk: new Set(), staff: new Set() };
    for (const [who, person] of Object.entries({ clerk, staff })) {
      const { socket } = await listen(person);
      socket.onAny((event: string) => heard[who]!.add(event));
    }
    const variantId = await business.stockVariant(5);
    const customer = await business.registerCustomer();
    expect((await business.order(variantId, 1, { token: customer.token })).status).toBe(201);
    const stock = `stockUpdated:${business.tenantId}`;
    await until(() => heard.staff!.has('order.status') && heard.clerk!.has(stock), { what: 'both have heard' });
    expect(heard.clerk).toEqual(new Set([stock]));
  });
});

it('a customer who became staff, or is gone, cannot be ordered for any more', async () => {
  const variantId = await business.stockVariant(5);
  const [promoted, gone] = [await business.registerCustomer(), await business.registerCustomer()];
  const order = (customerId: string) =>
    business.call<{ code?: string }>('POST', '/v1/orders', {
      key: randomUUID(),
      body: { customerId, lines: [{ variantId, quantity: 1 }] },
    });
  expect([(await order(promoted.id)).status, (await order(gone.id)).status]).toEqual([201, 201]);
  await business.call('PATCH', `/v1/users/${promoted.id}`, { body: { role: 'STAFF' } });
  await business.call('DELETE', `/v1/users/${gone.id}`);
  for (const { id } of [promoted, gone]) {
    await until(async () => (await order(id)).body.code === 'unknown_customer', {
      what: 'orders knows',
      timeoutMs: 10_000,
    });
  }
});
