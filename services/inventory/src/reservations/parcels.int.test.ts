// Parcels, returns and the other demands of orders from real streams into a real MongoDB: each effect once, stock and
// ledger right after it.
import { internalToken, until, withKey } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLedger, type Fixture, openFixture, type Replica } from '../inventory.fixture.ts';
import {
  cancelledEvent,
  demandEvent,
  placedEvent,
  receivedEvent,
  resentEvent,
  shippedEvent,
  type Units,
} from '../inventory-streams.fixture.ts';
import { mainLocationIdOf } from '../locations/location.ts';

let fixture: Fixture;
let replica: Replica;
beforeAll(async () => {
  fixture = await openFixture();
  replica = await fixture.startReplica();
});
afterAll(() => fixture.close());

const as = (tenantId: string) => replica.as({ tenantId, role: 'MANAGER' });
const publish = (...events: Parameters<Fixture['streams']['publish']>[1]) => fixture.streams.publish('orders', events);

/** A tenant with so many shirts, and an order that holds some. */
async function held(units: number, quantity: number) {
  const tenantId = await fixture.tenant({ shirt: units });
  const variantId = `shirt_${tenantId}`;
  const orderId = newId('ord');
  await publish(placedEvent(tenantId, orderId, [{ variantId, quantity }]));
  await fixture.decided(tenantId, [orderId]);
  const unitsOf = (count: number, locationId = mainLocationIdOf(tenantId)): Units => {
    return { variantId, locationId, quantity: count };
  };
  /** Resolves when everything that was published before it is applied. */
  const passed = async () => {
    const marker = newId('ord');
    await publish(cancelledEvent(tenantId, marker));
    await fixture.decided(tenantId, [marker], 2);
  };
  const level = async () => {
    const { onHand, reserved } = await fixture.level(tenantId, variantId);
    return { onHand, reserved };
  };
  const reservation = async () => (await fixture.rows('reservations', tenantId)).find(({ _id }) => _id === orderId)!;
  return { tenantId, variantId, orderId, unitsOf, passed, level, reservation };
}

const publishedOf = async (tenantId: string, subject: string) =>
  (await fixture.streams.published(tenantId))
    .filter((event) => event.subject === subject)
    .map(({ type, aggregateversion }) => [type.split('.').slice(2, 4).join('.'), aggregateversion]);

describe('an order in two parcels', () => {
  it('leaves, comes back in part, and the ledger has every step of it', async () => {
    const { tenantId, variantId, orderId, unitsOf, passed, level, reservation } = await held(3, 3);
    const first = shippedEvent(tenantId, orderId, 'ful_1', [unitsOf(2)]);
    await publish(first, { ...first, id: newId('evt') });
    await passed();
    expect(await level()).toEqual({ onHand: 1, reserved: 1 });
    await publish(shippedEvent(tenantId, orderId, 'ful_2', [unitsOf(1)]));
    await passed();
    expect(await level()).toEqual({ onHand: 0, reserved: 0 });
    expect(await reservation()).toMatchObject({ state: 'consumed', allocations: [], version: 3 });

    const back = [
      { ...unitsOf(1), restock: true },
      { ...unitsOf(1), restock: false },
    ];
    const received = receivedEvent(tenantId, orderId, 'ret_1', back);
    await publish(received, { ...received, id: newId('evt') });
    await publish(receivedEvent(tenantId, orderId, 'ret_2', [{ ...unitsOf(1), restock: false }]));
    await passed();
    await publish({ ...received, id: newId('evt') });
    await passed();
    expect(await level()).toEqual({ onHand: 1, reserved: 0 });
    await checkLedger(fixture, tenantId);

    const { data } = (await as(tenantId).get(`/v1/movements?referenceId=${orderId}`)).body;
    expect(data.map((one: Record<string, unknown>) => [one.kind, one.onHandDelta, one.reservedDelta])).toEqual([
      ['return', 1, 0],
      ['shipment', -1, -1],
      ['shipment', -2, -2],
      ['reservation', 0, 3],
    ]);
    for (const [name, count] of [
      ['SALE', 2],
      ['RETURN', 1],
    ] as const) {
      const named = await as(tenantId).get(`/v1/movements?variantId=${variantId}&kind=${name}`);
      expect(named.body.data).toHaveLength(count);
    }
    await until(async () => (await publishedOf(tenantId, orderId)).length === 3, { what: 'published' });
    expect(await publishedOf(tenantId, orderId)).toEqual([
      ['reservation.held', 1],
      ['reservation.consumed', 2],
      ['reservation.consumed', 3],
    ]);
  });

  it('gives back only what has not left when the rest is cancelled', async () => {
    const { tenantId, orderId, unitsOf, passed, level, reservation } = await held(5, 3);
    await publish(
      shippedEvent(tenantId, orderId, 'ful_1', [unitsOf(2)]),
      demandEvent('rest', { tenantId, orderId, lines: [{ variantId: unitsOf(1).variantId, quantity: 1 }] }),
    );
    await passed();
    expect(await level()).toEqual({ onHand: 3, reserved: 0 });
    expect(await reservation()).toMatchObject({ state: 'consumed', outcome: 'released', request: 2 });
    await checkLedger(fixture, tenantId);
  });
});

describe('a demand', () => {
  it('of other lines moves the difference, and one that is refused nothing', async () => {
    const { tenantId, variantId, orderId, passed, level, reservation } = await held(5, 2);
    const edit = (request: number, quantity: number) =>
      publish(demandEvent('edit', { tenantId, orderId, request, lines: [{ variantId, quantity }] }));
    await edit(2, 4);
    await passed();
    expect(await level()).toEqual({ onHand: 5, reserved: 4 });
    await edit(3, 6);
    await passed();
    expect(await level()).toEqual({ onHand: 5, reserved: 4 });
    expect(await reservation()).toMatchObject({ state: 'held', outcome: 'rejected', request: 3 });
    await edit(4, 1);
    await passed();
    expect(await level()).toEqual({ onHand: 5, reserved: 1 });
    await checkLedger(fixture, tenantId);
  });

  it('of an order that was not paid in time ends, and a late payment holds again', async () => {
    const { tenantId, variantId, orderId, passed, level } = await held(5, 2);
    await publish(demandEvent('expired', { tenantId, orderId, lines: [] }));
    await passed();
    expect(await level()).toEqual({ onHand: 5, reserved: 0 });
    await publish(placedEvent(tenantId, orderId, [{ variantId, quantity: 2 }], 3));
    await passed();
    expect(await level()).toEqual({ onHand: 5, reserved: 2 });
    await checkLedger(fixture, tenantId);
  });

  it('is not made by a change of a note or an address', async () => {
    const { tenantId, variantId, orderId, passed, level, reservation } = await held(5, 2);
    const before = await reservation();
    await publish(demandEvent('edited', { tenantId, orderId, lines: [{ variantId, quantity: 2 }], request: 1 }));
    await passed();
    expect(await reservation()).toEqual(before);
    expect(await level()).toEqual({ onHand: 5, reserved: 2 });
  });
});

describe('a return', () => {
  it('opens a level at its location, which a deletion of the location runs into', async () => {
    const { tenantId, orderId, variantId, unitsOf, passed } = await held(3, 3);
    const created = await as(tenantId).post('/v1/locations', { name: 'North' }, withKey(newId('req')));
    const locationId = created.body.id;
    const back = { ...unitsOf(2, locationId), restock: true };
    await publish(
      shippedEvent(tenantId, orderId, 'ful_1', [unitsOf(3)]),
      receivedEvent(tenantId, orderId, 'ret_1', [back]),
    );
    await passed();
    const stock = await as(tenantId).get(`/v1/stock/${variantId}`);
    expect(stock.body.locations).toContainEqual(expect.objectContaining({ locationId, onHand: 2, reserved: 0 }));
    const arrivals = await fixture.rows<{ _id: string; tenantId: string; arrivals: number }>('locations', tenantId);
    expect(arrivals.find(({ _id }) => _id === locationId)).toMatchObject({ arrivals: 1 });
    expect((await as(tenantId).delete(`/v1/locations/${locationId}`)).body.code).toBe('location_has_stock');
    await checkLedger(fixture, tenantId);
  });

  it('to a location that was deleted meanwhile lies at the main one', async () => {
    const { tenantId, orderId, unitsOf, passed, level } = await held(3, 3);
    const created = await as(tenantId).post('/v1/locations', { name: 'North' }, withKey(newId('req')));
    expect((await as(tenantId).delete(`/v1/locations/${created.body.id}`)).status).toBe(204);
    await publish(
      shippedEvent(tenantId, orderId, 'ful_1', [unitsOf(3)]),
      receivedEvent(tenantId, orderId, 'ret_1', [{ ...unitsOf(2, created.body.id), restock: true }]),
    );
    await passed();
    expect(await level()).toEqual({ onHand: 2, reserved: 0 });
    await checkLedger(fixture, tenantId);
  });
});

describe('an order that is re-emitted', () => {
  it('brings the parcels and returns that were lost, once, and its demand', async () => {
    const { tenantId, orderId, variantId, unitsOf, passed, level, reservation } = await held(9, 5);
    const other = newId('ord');
    const resent = {
      status: 'PARTIALLY_SHIPPED' as const,
      lines: [{ variantId, quantity: 2 }],
      fulfilments: [{ fulfilmentId: 'ful_1', lines: [unitsOf(3)] }],
      returns: [{ returnId: 'ret_1', lines: [{ ...unitsOf(1), restock: true }] }],
    };
    const unheard = { ...resent, fulfilments: [{ fulfilmentId: 'ful_2', lines: [unitsOf(3)] }], returns: [] };
    for (let time = 0; time < 2; time += 1) {
      await publish(
        resentEvent({ tenantId, orderId, ...resent }),
        resentEvent({ tenantId, orderId: other, ...unheard }),
      );
      await passed();
    }
    // Of 9: 3 left and 1 came back of each order's 5, 3 left of the other's; each still holds 2.
    expect(await level()).toEqual({ onHand: 4, reserved: 4 });
    expect(await reservation()).toMatchObject({ state: 'held', request: 1, version: 2 });
    // What was told late of what the snapshot has brought changes nothing.
    await publish(shippedEvent(tenantId, orderId, 'ful_1', [unitsOf(3)]));
    await passed();
    expect(await level()).toEqual({ onHand: 4, reserved: 4 });
    await checkLedger(fixture, tenantId);
  });
});

describe('a parcel of units that nobody has', () => {
  it('is put aside with what follows of its order, and applied when the units are booked', async () => {
    const { tenantId, variantId, orderId, unitsOf, passed, level } = await held(3, 2);
    await publish(
      shippedEvent(tenantId, orderId, 'ful_1', [unitsOf(4)]),
      receivedEvent(tenantId, orderId, 'ret_1', [{ ...unitsOf(1), restock: true }]),
    );
    await until(async () => (await fixture.rows('dead_letters', tenantId)).length === 2, { what: 'put aside' });
    await passed();
    expect(await level()).toEqual({ onHand: 3, reserved: 2 });
    const found = { variantId, delta: 1, reason: 'found' };
    expect((await as(tenantId).post('/v1/adjustments', found, withKey(newId('req')))).status).toBe(201);
    const replay = { tenantId, subject: orderId };
    const replayed = await replica.as(internalToken).post('/internal/dead-letters/replay', replay);
    expect(replayed.body).toMatchObject({ applied: 2 });
    expect(await level()).toEqual({ onHand: 1, reserved: 0 });
    await checkLedger(fixture, tenantId);
  });
});
