// Returns on real servers; the test plays auth and inventory.
import { randomUUID } from 'node:crypto';
import {
  locationCreated,
  locationDeleted,
  makeEvent,
  reservationHeld,
  tenantUpdated,
} from '@holdfast/shared/contracts';
import { asTenant } from '@holdfast/shared/persistence';
import { type Money, stampNow, systemClock } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFixture, type Sending } from '../orders.fixture.ts';
import { openTenantSettings } from '../projections/tenant-settings.store.ts';
import { createTenantSettingsCache } from '../projections/tenant-settings-cache.ts';
import { requestReturn } from './request-return.ts';
import type { ReturnRow } from './return.store.ts';

const fixture = await openFixture();
afterAll(() => fixture.close());
const { deps, tenantId, variantId, send, place, deliver, stored } = fixture;
const support = { role: 'SUPPORT', userId: 'usr_h' } as const;
const rows = deps.database.db.collection<Omit<ReturnRow, 'id'> & { _id: string }>('returns');
const rowOf = (id: string) => asTenant(tenantId, () => rows.findOne({ tenantId, _id: id }));

/** An order of three units that were shipped from loc_m and have arrived. */
async function delivered(): Promise<string> {
  const { body } = await place(randomUUID(), 'respond-async', fixture.line(3));
  const allocations = [{ variantId, locationId: 'loc_m', quantity: 3 }];
  const held = { orderId: body.id, request: 1, allocations };
  await deliver(makeEvent(reservationHeld, { tenantId, id: body.id, version: 1 }, stampNow(systemClock), held));
  expect((await send('POST', `/v1/orders/${body.id}/fulfilments`, support)).status).toBe(201);
  expect((await send('POST', `/v1/orders/${body.id}/deliver`, support)).status).toBe(200);
  return body.id;
}
const ask = (orderId: string, quantity = 1, sending: Sending = {}) => {
  const body = { lines: [{ variantId, quantity, reason: 'too small' }] };
  return send('POST', `/v1/orders/${orderId}/returns`, { body, ...sending });
};
const step = (id: string, name: string, body?: unknown, sending: Sending = {}) =>
  send('POST', `/v1/returns/${id}/${name}`, { ...support, ...(body === undefined ? {} : { body }), ...sending });
const back = (quantity: number, given: object = {}) => {
  return { lines: [{ variantId, quantity, condition: 'new', restock: true, ...given }] };
};

it('that is open keeps its order from being archived, and one that is closed does not', async () => {
  const orderId = await delivered();
  const { body: asked } = await ask(orderId);
  const archive = () => send('DELETE', `/v1/orders/${orderId}`, support);
  const refused = { status: 409, body: { code: 'order_unsettled', returnIds: [asked.id] } };
  expect(await archive()).toMatchObject(refused);
  await step(asked.id, 'approve');
  expect(await archive()).toMatchObject(refused);
  await step(asked.id, 'receive', back(1));
  await step(asked.id, 'close');
  expect((await archive()).status).toBe(204);
});

describe('a return', () => {
  it('goes from its request to its end, and the order shows what came back', async () => {
    const orderId = await delivered();
    const asked = await ask(orderId, 2);
    expect(asked).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^ret_/),
        orderId,
        customerId: 'usr_a',
        status: 'REQUESTED',
        lines: [{ variantId, quantity: 2, reason: 'too small' }],
        requestedBy: 'usr_a',
        version: 1,
      },
      headers: { location: `/v1/returns/${asked.body.id}`, etag: '"1"' },
    });
    const { id } = asked.body;
    const approved = await step(id, 'approve', { lines: [{ variantId, quantity: 1 }] });
    expect(approved).toMatchObject({
      status: 200,
      body: { status: 'APPROVED', lines: [{ quantity: 2, approved: 1 }] },
    });
    const received = await step(id, 'receive', back(1));
    expect(received).toMatchObject({
      status: 200,
      body: {
        status: 'RECEIVED',
        lines: [{ quantity: 2, approved: 1, received: 1 }],
        received: [{ variantId, locationId: 'loc_m', quantity: 1, condition: 'new', restock: true }],
        receivedBy: 'usr_h',
      },
    });
    expect(JSON.parse((await stored(orderId)).events[0]!.body)).toMatchObject({
      type: 'com.holdfast.return.received.v1',
      data: { orderId, returnId: id, status: 'DELIVERED', from: 'DELIVERED', lines: received.body.received },
    });
    expect(await step(id, 'close')).toMatchObject({ status: 200, body: { status: 'CLOSED', version: 4 } });
    expect((await send('GET', `/v1/orders/${orderId}`)).body).toMatchObject({
      status: 'DELIVERED',
      lines: [{ quantity: 3, shipped: 3, returned: 1 }],
    });
    expect(await send('GET', `/v1/returns/${id}`)).toMatchObject({ status: 200, headers: { etag: '"4"' } });
    const timeline = (await send('GET', `/v1/orders/${orderId}/timeline`)).body.data as { event?: string }[];
    expect(timeline.slice(-4).map(({ event }) => event)).toEqual([
      'return.requested',
      'return.approved',
      'return.received',
      'return.closed',
    ]);
  });

  it('is closed with a refund that names it, and leaves what was overpaid due', async () => {
    const orderId = await delivered();
    const total = (await send('GET', `/v1/orders/${orderId}`)).body.total as Money;
    for (const reference of ['one', 'two']) {
      const body = { amount: total, reference };
      await send('POST', `/v1/orders/${orderId}/confirm-payment`, { ...support, key: randomUUID(), body });
    }
    const { id } = (await ask(orderId, 3)).body;
    await step(id, 'approve');
    await step(id, 'receive', back(3));
    expect((await step(id, 'close', { refund: { ...total, amount: 0 } })).status).toBe(400);
    expect(await step(id, 'close', { refund: total })).toMatchObject({ status: 200, body: { refund: total } });
    expect((await send('GET', `/v1/orders/${orderId}`)).body).toMatchObject({
      payment: { refunded: total, refundDue: total },
    });
    const refunds = (await send('GET', `/v1/orders/${orderId}/payments/refunds`, support)).body.data;
    expect(refunds).toMatchObject([{ amount: total, returnId: id }]);
    expect((await stored(orderId)).payments!.at(-1)).toMatchObject({ kind: 'refunded', returnId: id });
  });

  it('is declined with a reason that its customer sees', async () => {
    const { id } = (await ask(await delivered())).body;
    expect((await step(id, 'decline', { reason: 'It was worn.' })).status).toBe(200);
    const { body } = await send('GET', `/v1/returns/${id}`);
    expect(body).toMatchObject({ status: 'DECLINED', declineReason: 'It was worn.', declinedBy: 'usr_h' });
    expect(await step(id, 'approve')).toMatchObject({
      status: 409,
      body: { code: 'illegal_transition', returnStatus: 'DECLINED', allowed: [] },
    });
  });

  it('is asked for by its customer and staff, decided by who may, and unknown to everybody else', async () => {
    const orderId = await delivered();
    expect((await ask(orderId, 1, { userId: 'usr_b' })).status).toBe(404);
    expect((await ask(orderId, 1, { role: 'STAFF', userId: 'usr_s' })).status).toBe(403);
    const { id } = (await ask(orderId)).body;
    for (const name of ['approve', 'decline', 'close'])
      expect((await step(id, name, undefined, { role: 'CUSTOMER', userId: 'usr_a' })).status).toBe(403);
    expect((await step(id, 'receive', back(1), { role: 'CUSTOMER', userId: 'usr_a' })).status).toBe(403);
    expect((await send('GET', `/v1/returns/${id}`, { userId: 'usr_b' })).status).toBe(404);
    expect((await send('GET', `/v1/orders/${orderId}/returns`, { userId: 'usr_b' })).status).toBe(404);
    expect((await step('ret_unknown', 'approve')).status).toBe(404);
    expect((await ask(orderId, 1, support)).status).toBe(201);
  });

  it('received twice is received once: again with its key, refused without it', async () => {
    const { id } = (await ask(await delivered(), 2)).body;
    await step(id, 'approve');
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => step(id, 'receive', back(2), { key })));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect(await step(id, 'receive', back(2))).toMatchObject({
      status: 409,
      body: { code: 'illegal_transition', returnStatus: 'RECEIVED', allowed: ['CLOSED'] },
    });
    await step(id, 'close');
    const replay = await step(id, 'receive', back(2), { key });
    expect(replay.body).toEqual(answers[0]!.body);
    const { returns } = await stored((await rowOf(id))!.orderId);
    expect(returns![0]!.receipt!.lines).toMatchObject([{ quantity: 2 }]);
  });

  it('of which each step is repeated is answered as it was then', async () => {
    const orderId = await delivered();
    const keys = { ask: randomUUID(), approve: randomUUID() };
    const asked = await ask(orderId, 1, { key: keys.ask });
    const { id } = asked.body;
    const approved = await step(id, 'approve', undefined, { key: keys.approve });
    await step(id, 'receive', back(1));
    const [again, approvedAgain] = [
      await ask(orderId, 1, { key: keys.ask }),
      await step(id, 'approve', undefined, { key: keys.approve }),
    ];
    expect([again.status, again.body, again.headers['idempotency-replayed']]).toEqual([201, asked.body, 'true']);
    expect([approvedAgain.body, approvedAgain.headers['idempotency-replayed']]).toEqual([approved.body, 'true']);
    expect(await ask(orderId, 2, { key: keys.ask })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    expect((await stored(orderId)).returns).toHaveLength(1);
  });

  it('comes back to a location that there is', async () => {
    const { id } = (await ask(await delivered())).body;
    await step(id, 'approve');
    const location = (version: number) =>
      [
        { tenantId, id: 'loc_new', version },
        stampNow(systemClock),
        { locationId: 'loc_new', name: 'R', priority: 1 },
      ] as const;
    const receive = () => step(id, 'receive', back(1, { locationId: 'loc_new' }));
    const unknown = { status: 422, body: { code: 'unknown_location' } };
    expect(await receive()).toMatchObject(unknown);
    await deliver(makeEvent(locationCreated, ...location(1)), makeEvent(locationDeleted, ...location(2)));
    expect(await receive()).toMatchObject(unknown);
    const other = [{ tenantId, id: 'loc_r', version: 1 }, stampNow(systemClock)] as const;
    await deliver(makeEvent(locationCreated, ...other, { locationId: 'loc_r', name: 'R', priority: 1 }));
    expect(await step(id, 'receive', back(1, { locationId: 'loc_r' }))).toMatchObject({
      status: 200,
      body: { received: [{ locationId: 'loc_r' }] },
    });
  });
});

describe('the list of returns', () => {
  const list = async (query: string, sending: Sending = support) =>
    (await send('GET', `/v1/returns?${query}`, sending)).body.data as { id: string; status: string }[];
  let orderId: string;
  const ids: string[] = [];
  const userId = `usr_${randomUUID().slice(0, 8)}`;
  beforeAll(async () => {
    orderId = await delivered();
    for (let n = 0; n < 3; n++) ids.unshift((await ask(orderId)).body.id);
    await step(ids[0]!, 'approve');
  });

  it('comes newest first, by status, order and customer, in pages', async () => {
    expect((await list(`orderId=${orderId}`)).map(({ id }) => id)).toEqual(ids);
    expect(await list(`orderId=${orderId}&status=APPROVED`)).toMatchObject([{ id: ids[0], status: 'APPROVED' }]);
    const approved = await list('status=APPROVED&limit=100');
    expect(approved.some(({ id }) => id === ids[0])).toBe(true);
    expect(approved.every(({ status }) => status === 'APPROVED')).toBe(true);
    const first = (await send('GET', `/v1/returns?orderId=${orderId}&limit=2`, support)).body;
    const second = await list(`orderId=${orderId}&limit=2&cursor=${encodeURIComponent(String(first.nextCursor))}`);
    expect([...(first.data as { id: string }[]), ...second].map(({ id }) => id)).toEqual(ids);
    expect((await list('customerId=usr_a&limit=3')).map(({ id }) => id)).toEqual(ids);
    expect(await list(`customerId=${userId}`)).toEqual([]);
  });

  it('shows customers their own', async () => {
    expect((await list('limit=3', { userId: 'usr_a' })).map(({ id }) => id)).toEqual(ids);
    expect(await list('limit=3', { userId })).toEqual([]);
    expect(await list('customerId=usr_a', { userId })).toEqual([]);
  });

  it('has a row for each return as it is, written with its order or not at all', async () => {
    const { version } = await stored(orderId);
    expect(await rowOf(ids[0]!)).toMatchObject({ orderId, customerId: 'usr_a', status: 'APPROVED', version: 2 });
    const { store } = deps.orders;
    const before = (await asTenant(tenantId, () => store.read(tenantId, orderId)))!;
    const [one, ...others] = before.returns!;
    const changed = { ...one!, closing: { by: 'usr_h', at: new Date() } };
    const after = { ...before, version: version + 1, returns: [changed, ...others] };
    const stale = { ...before, version: version - 1 };
    expect(await asTenant(tenantId, () => store.apply([{ before: stale, after, events: [] }]))).toBe(0);
    expect((await rowOf(one!.id))!.status).toBe('REQUESTED');
    expect((await stored(orderId)).version).toBe(version);
  });
});

it("customers ask within the days of their tenant's settings, staff at any time", async () => {
  const orderId = await delivered();
  const about = { tenantId, slug: 'shop', currency: 'EUR', timeZone: 'UTC', settings: { returnWindowDays: 0 } };
  await deliver(makeEvent(tenantUpdated, { tenantId, id: tenantId, version: 7 }, stampNow(systemClock), about));
  const settings = createTenantSettingsCache({ projection: openTenantSettings(deps.database), clock: systemClock });
  const request = (ownedBy?: string) =>
    asTenant(tenantId, () =>
      requestReturn(
        { tenantId, orderId, actor: 'usr_a', ownedBy, lines: [{ variantId, quantity: 1 }] },
        { ...deps.orders, settings },
      ),
    );
  await expect(request('usr_a')).rejects.toMatchObject({ code: 'return_window_closed' });
  expect((await request()).returned.lines).toHaveLength(1);
});
