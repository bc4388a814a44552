// Edits through the service's HTTP application; the test plays inventory.
import { randomUUID } from 'node:crypto';
import { until } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterAll, describe, expect, it } from 'vitest';
import { clockIn, openFixture, variantEvent } from '../orders.fixture.ts';

const fixture = await openFixture();
afterAll(() => fixture.close());

type Sent = { prefer?: string; ifMatch?: number; role?: 'SUPPORT' | 'STAFF' | 'CUSTOMER' };
const patch = (id: string, body: object, { prefer = 'respond-async', ...sending }: Sent = {}) =>
  fixture.send('PATCH', `/v1/orders/${id}`, { body, prefer, role: 'SUPPORT', userId: 'usr_s', ...sending });
const lines = (quantity: number, variantId = fixture.variantId) => ({ lines: [{ variantId, quantity }] });

async function confirmed(key: string = randomUUID(), body: object = lines(1)) {
  const { body: order } = await fixture.place(key, 'respond-async', body);
  await fixture.deliver(fixture.outcome('held', order.id));
  return order.id;
}

describe('an edit that moves no stock', () => {
  it('applies at once, and asks inventory for nothing', async () => {
    const id = await confirmed();
    const address = { name: 'Nils', line1: 'Street 1', city: 'Oslo', country: 'NO' };
    const answer = await patch(id, { note: 'ring', shippingAddress: address, metadata: { gift: true } });
    expect(answer).toMatchObject({ status: 200, body: { note: 'ring', shippingAddress: address, version: 3 } });
    expect(answer.headers.etag).toBe('"3"');
    const document = await fixture.stored(id);
    expect(document).toMatchObject({ request: 1, pending: null });
    expect(document.events.map(({ body }) => JSON.parse(body).type)).toEqual(['com.holdfast.order.edited.v1']);
    expect(document.events[0]!.body).not.toMatch(/Nils|Street|ring|gift/);
    const timeline = await fixture.send('GET', `/v1/orders/${id}/timeline`);
    const reason = 'changed: shippingAddress, note, metadata';
    expect(timeline.body.data).toMatchObject([{}, {}, { event: 'order.edited', reason, actor: 'usr_s' }]);
  });

  it('honours If-Match, and changes nothing where nothing differs', async () => {
    const id = await confirmed();
    expect(await patch(id, { note: 'a' }, { ifMatch: 1 })).toMatchObject({
      status: 412,
      body: { code: 'stale_version' },
    });
    expect(await patch(id, { note: 'a' }, { ifMatch: 2 })).toMatchObject({ status: 200, body: { version: 3 } });
    expect(await patch(id, { note: 'a' }, { ifMatch: 3 })).toMatchObject({ status: 200, body: { version: 3 } });
    expect(await patch(id, lines(2), { ifMatch: 2 })).toMatchObject({ status: 412 });
    expect((await fixture.stored(id)).version).toBe(3);
  });

  it('is for those who may update orders', async () => {
    const id = await confirmed();
    for (const role of ['CUSTOMER', 'STAFF'] as const)
      expect(await patch(id, { note: 'a' }, { role })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await patch('ord_nobody', { note: 'a' })).toMatchObject({ status: 404 });
  });

  it('changes what the order costs by charges, and refuses less than nothing and another currency', async () => {
    const id = await confirmed();
    const charge = (kind: string, amount: number, currency = 'EUR') => ({
      kind,
      label: kind,
      amount: { amount, currency },
    });
    const charges = [charge('shipping', 300), charge('discount', -200)];
    const answer = await patch(id, { charges });
    expect(answer).toMatchObject({ status: 200, body: { charges, total: { amount: 600, currency: 'EUR' } } });
    const refused = await patch(id, { charges: [charge('discount', -501)] });
    expect(refused).toMatchObject({ status: 422, body: { code: 'total_negative', total: { amount: -1 } } });
    expect(await patch(id, { charges: [charge('tax', 1, 'USD')] })).toMatchObject({
      body: { code: 'mixed_currencies' },
    });
    for (const wrong of [charge('discount', 1), charge('fee', -1)])
      expect(await patch(id, { charges: [wrong] })).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect((await patch(id, { charges: null })).body).toMatchObject({ total: { amount: 500 } });
    expect(await fixture.stored(id)).not.toHaveProperty('charges');
  });
});

describe('new quantities', () => {
  it('are answered when inventory has agreed, existing lines at the price they have', async () => {
    const id = await confirmed();
    const other = newId('var');
    await fixture.deliver(
      variantEvent(fixture.tenantId, other, { amount: 300 }),
      variantEvent(fixture.tenantId, fixture.variantId, { amount: 9_900, version: 2 }),
    );
    const wanted = {
      lines: [
        { variantId: fixture.variantId, quantity: 3 },
        { variantId: other, quantity: 1 },
      ],
    };
    const waiting = patch(id, { ...wanted, note: 'more' }, { prefer: 'wait=10' });
    await until(async () => (await fixture.stored(id)).pending !== null, { what: 'the edit waits' });
    const shown = await fixture.send('GET', `/v1/orders/${id}`);
    expect(shown.body).toMatchObject({
      status: 'CONFIRMED',
      total: { amount: 500 },
      pendingEdit: { total: { amount: 1_800 } },
    });
    await fixture.deliver(fixture.outcome('held', id, 2));
    const answer = await waiting;
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'CONFIRMED', total: { amount: 1_800 }, note: 'more', lines: [{ quantity: 3 }, { quantity: 1 }] },
    });
    expect(answer.headers['preference-applied']).toBe('wait=10');
    expect(answer.body).not.toHaveProperty('pendingEdit');
    await fixture.deliver(variantEvent(fixture.tenantId, fixture.variantId, { version: 3 }));
  });

  it('that are refused are 409 with what there is, and the order is as it was', async () => {
    const id = await confirmed();
    const before = (await fixture.send('GET', `/v1/orders/${id}`)).body;
    const waiting = patch(id, { ...lines(9), note: 'more' }, { prefer: 'wait=10' });
    await until(async () => (await fixture.stored(id)).pending !== null, { what: 'the edit waits' });
    await fixture.deliver(fixture.outcome('rejected', id, 2));
    expect(await waiting).toMatchObject({
      status: 409,
      body: { code: 'insufficient_stock', orderId: id, shortages: [{ variantId: fixture.variantId, available: 0 }] },
    });
    const { version: _v, updatedAt: _u, ...after } = (await fixture.send('GET', `/v1/orders/${id}`)).body;
    expect(before).toMatchObject(after);
  });

  it('are 202 while undecided, and 409 for whoever edits meanwhile; who reads may wait for them', async () => {
    const id = await confirmed();
    const answer = await patch(id, lines(2));
    expect(answer).toMatchObject({ status: 202, body: { lines: [{ quantity: 1 }] } });
    expect(answer.headers).toMatchObject({ location: `/v1/orders/${id}`, 'preference-applied': 'respond-async' });
    for (const body of [lines(3), { note: 'x' }, { note: 'x', ...lines(1) }])
      expect(await patch(id, body)).toMatchObject({ status: 409, body: { code: 'change_pending', orderId: id } });
    const reading = fixture.send('GET', `/v1/orders/${id}`, { prefer: 'wait=10' });
    await until(() => fixture.deps.orders.memory.waiters.count === 1, { what: 'the read waits' });
    await fixture.deliver(fixture.outcome('held', id, 2));
    expect(await reading).toMatchObject({ status: 200, body: { lines: [{ quantity: 2 }] } });
  });

  it('end with the order: the one who waits is told', async () => {
    const id = await confirmed();
    const waiting = patch(id, lines(2), { prefer: 'wait=10' });
    await until(async () => (await fixture.stored(id)).pending !== null, { what: 'the edit waits' });
    await fixture.send('POST', `/v1/orders/${id}/cancel`, { key: randomUUID() });
    expect(await waiting).toMatchObject({ status: 409, body: { code: 'order_cancelled', orderId: id } });
    await fixture.deliver(fixture.outcome('held', id, 2));
    expect(await fixture.stored(id)).toMatchObject({ status: 'CANCELLED', request: 3, lines: [{ quantity: 1 }] });
  });

  it('that nobody answers are asked for again, then taken back', async () => {
    const id = await confirmed();
    await patch(id, lines(2));
    const asked = await fixture.stored(id);
    await fixture.sweepAt(clockIn(40_000));
    const again = await fixture.stored(id);
    expect(again).toMatchObject({ request: 2, reminderCount: 1 });
    expect(again.events[0]!.id).not.toBe(asked.events[0]!.id);
    await fixture.sweepAt(clockIn(20 * 60_000));
    expect(await fixture.stored(id)).toMatchObject({ request: 3, pending: { request: 3, kind: 'edit' } });
    await fixture.deliver(fixture.outcome('held', id, 2), fixture.outcome('held', id, 3));
    expect(await fixture.stored(id)).toMatchObject({ pending: null, dueAt: null, lines: [{ quantity: 1 }] });
    expect(await patch(id, { note: 'again' })).toMatchObject({ status: 200 });
  });
});

it('a placement that is sent again is answered as at first, whatever was edited since', async () => {
  const key = randomUUID();
  const body = { ...lines(1), note: 'ring', metadata: { a: 1 } };
  const id = await confirmed(key, body);
  const first = await fixture.place(key, 'wait=5', body);
  expect(first).toMatchObject({ status: 201, body: { id, note: 'ring' } });
  await patch(id, { ...lines(4), note: null, metadata: { a: 2 } });
  expect((await fixture.place(key, 'wait=5', body)).body).toEqual(first.body);
  await fixture.deliver(fixture.outcome('held', id, 2));
  expect((await fixture.send('GET', `/v1/orders/${id}`)).body).toMatchObject({
    lines: [{ quantity: 4 }],
    metadata: { a: 2 },
  });
  const replay = await fixture.place(key, 'wait=5', body);
  expect(replay.body).toEqual(first.body);
  expect(replay.headers['idempotency-replayed']).toBe('true');
  expect(replay.headers.etag).toBe(first.headers.etag);
});
