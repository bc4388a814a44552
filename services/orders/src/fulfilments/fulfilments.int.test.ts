// Parcels on real servers; the test plays inventory.
import { randomUUID } from 'node:crypto';
import { type DomainEvent, makeEvent, reservationHeld } from '@holdfast/shared/contracts';
import { stampNow, systemClock } from '@holdfast/shared/values';
import { afterAll, describe, expect, it } from 'vitest';
import { openFixture, type Sending } from '../orders.fixture.ts';

const fixture = await openFixture();
afterAll(() => fixture.close());
const { tenantId, variantId, send, place, deliver, stored } = fixture;
const staff = { role: 'STAFF', userId: 'usr_s' } as const;
const support = { role: 'SUPPORT', userId: 'usr_h' } as const;

/** What inventory answers: half of it at each of two locations. */
function heldAt(orderId: string, quantities: Record<string, number>): DomainEvent {
  const allocations = Object.entries(quantities).map(([locationId, quantity]) => ({ variantId, locationId, quantity }));
  const about = { tenantId, id: orderId, version: 1 };
  return makeEvent(reservationHeld, about, stampNow(systemClock), { orderId, request: 1, allocations });
}
/** A confirmed order of four units, three at loc_m and one at loc_e. */
async function confirmed(): Promise<string> {
  const { body } = await place(randomUUID(), 'respond-async', fixture.line(4));
  await deliver(heldAt(body.id, { loc_m: 3, loc_e: 1 }));
  return body.id;
}
const path = (id: string, rest = 'fulfilments') => `/v1/orders/${id}/${rest}`;
const ship = (id: string, quantity?: number, sending: Sending = {}) => {
  const body = quantity === undefined ? undefined : { lines: [{ variantId, quantity }] };
  return send('POST', path(id), { ...staff, body, ...sending });
};

describe('an order', () => {
  it('leaves in two parcels, which arrive one after the other', async () => {
    const id = await confirmed();
    const body = { lines: [{ variantId, quantity: 3 }], locationId: 'loc_m', carrier: 'DHL', trackingNumber: 'T-1' };
    const first = await ship(id, undefined, { body });
    expect(first).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^ful_/),
        orderId: id,
        status: 'SHIPPED',
        lines: [{ variantId, locationId: 'loc_m', quantity: 3 }],
        carrier: 'DHL',
        trackingNumber: 'T-1',
        shippedBy: 'usr_s',
      },
    });
    const half = await send('GET', `/v1/orders/${id}`);
    expect(half.body).toMatchObject({ status: 'PARTIALLY_SHIPPED', lines: [{ quantity: 4, shipped: 3 }] });
    expect((await stored(id)).events.map(({ body: text }) => JSON.parse(text).type)).toEqual([
      'com.holdfast.fulfilment.shipped.v1',
      'com.holdfast.order.shipped.v1',
    ]);
    expect(await ship(id, 2)).toMatchObject({
      status: 409,
      body: { code: 'over_shipment', lines: [{ variantId, remaining: 1 }] },
    });
    const second = await ship(id);
    expect(second.body).toMatchObject({ lines: [{ locationId: 'loc_e', quantity: 1 }] });
    expect(await send('POST', path(id, `fulfilments/${first.body.id}/deliver`), staff)).toMatchObject({
      status: 200,
      body: { id: first.body.id, status: 'DELIVERED', deliveredBy: 'usr_s' },
    });
    expect((await stored(id)).status).toBe('SHIPPED');
    expect(await send('POST', path(id, 'deliver'), staff)).toMatchObject({
      status: 200,
      body: { status: 'DELIVERED' },
    });
    const parcels = await send('GET', path(id));
    expect(parcels.body.data).toMatchObject([
      { id: first.body.id, status: 'DELIVERED' },
      { id: second.body.id, status: 'DELIVERED' },
    ]);
    const timeline = await send('GET', path(id, 'timeline'));
    expect((timeline.body.data as { event?: string }[]).map(({ event }) => event).slice(1)).toEqual([
      'order.confirmed',
      'fulfilment.shipped',
      'fulfilment.shipped',
      'fulfilment.delivered',
      'order.delivered',
    ]);
  });

  it('of which a part has left loses the rest when staff cancel it, not when its customer does', async () => {
    const id = await confirmed();
    await ship(id, 1);
    expect(await send('POST', path(id, 'cancel'))).toMatchObject({ status: 409, body: { code: 'illegal_transition' } });
    const key = randomUUID();
    const cancel = () => send('POST', path(id, 'cancel'), { ...support, key, body: { reason: 'sold out' } });
    const cancelled = await cancel();
    expect(cancelled).toMatchObject({
      status: 200,
      body: {
        status: 'SHIPPED',
        total: { amount: 500 },
        lines: [{ quantity: 4, shipped: 1, cancelled: 3, total: { amount: 500 } }],
      },
    });
    expect((await cancel()).headers['idempotency-replayed']).toBe('true');
    expect(JSON.parse((await stored(id)).events[0]!.body)).toMatchObject({
      type: 'com.holdfast.order.rest_cancelled.v1',
      data: { request: 2, lines: [{ variantId, quantity: 3 }] },
    });
  });

  it('is shipped by staff only, and its customer sees its parcels, others none', async () => {
    const id = await confirmed();
    const asCustomer = { role: 'CUSTOMER', userId: 'usr_a' } as const;
    expect((await ship(id, undefined, asCustomer)).status).toBe(403);
    const { body } = await ship(id);
    for (const rest of [`fulfilments/${body.id}/deliver`, 'deliver'])
      expect((await send('POST', path(id, rest), asCustomer)).status).toBe(403);
    expect((await send('GET', path(id))).body.data).toMatchObject([{ id: body.id }]);
    expect((await send('GET', path(id), { userId: 'usr_b' })).status).toBe(404);
    expect((await send('POST', path(id, 'fulfilments/ful_unknown/deliver'), staff)).status).toBe(404);
  });
});

it('a parcel is corrected where it is as it was read, until it has arrived', async () => {
  const id = await confirmed();
  const key = randomUUID();
  const shipIt = () => ship(id, undefined, { body: { trackingNumber: 'T-1' }, key });
  const shipped = await shipIt();
  const parcel = path(id, `fulfilments/${shipped.body.id}`);
  const patch = (trackingNumber: string, version: number) =>
    fixture.as({ tenantId, ...staff }).send('PATCH', parcel, { trackingNumber }, { 'if-match': `"${version}"` });
  expect(await patch('T-2', 1)).toMatchObject({ status: 200, body: { trackingNumber: 'T-2', version: 2 } });
  expect(await patch('T-3', 1)).toMatchObject({ status: 412, body: { code: 'stale_version' } });
  expect(await patch('T-2', 2)).toMatchObject({ status: 200, headers: { etag: '"2"' } });
  expect((await shipIt()).body).toEqual(shipped.body);
  expect((await send('GET', parcel)).body).toMatchObject({ trackingNumber: 'T-2', status: 'SHIPPED' });
  await send('POST', `${parcel}/deliver`, staff);
  expect(await patch('T-4', 3)).toMatchObject({ status: 409, body: { code: 'illegal_transition' } });
});

describe('a repeated request', () => {
  it('to ship ships once, also twenty at once, and shows the parcel as it left', async () => {
    const id = await confirmed();
    const key = randomUUID();
    const body = { lines: [{ variantId, quantity: 1 }], carrier: 'DHL' };
    const send20 = await Promise.all(Array.from({ length: 20 }, () => ship(id, undefined, { body, key })));
    expect(send20.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(send20.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    const [parcel] = (await stored(id)).fulfilments!;
    await send('POST', path(id, `fulfilments/${parcel!.id}/deliver`), staff);
    const replay = await ship(id, undefined, { body, key });
    expect(replay.body).toEqual(send20[0]!.body);
    expect((await stored(id)).fulfilments).toHaveLength(1);
    expect(await ship(id, 2, { key })).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });

  it('to deliver delivers once', async () => {
    const id = await confirmed();
    const { body } = await ship(id, 1);
    const key = randomUUID();
    const arrive = (keyed = {}) => send('POST', path(id, `fulfilments/${body.id}/deliver`), { ...staff, ...keyed });
    const first = await arrive({ key });
    const again = await arrive({ key });
    expect(again).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(again.body).toEqual(first.body);
    expect(await arrive()).toMatchObject({
      status: 409,
      body: { code: 'illegal_transition', fulfilmentStatus: 'DELIVERED', allowed: [] },
    });
  });
});
