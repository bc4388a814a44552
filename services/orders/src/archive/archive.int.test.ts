// Archiving through the service's HTTP application.
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { openFixture } from '../orders.fixture.ts';

const fixture = await openFixture();
afterAll(() => fixture.close());
const { send, place, deliver, outcome, stored } = fixture;
const staff = { role: 'SUPPORT', userId: 'usr_s' } as const;
const archive = (id: string, ifMatch?: number) =>
  send('DELETE', `/v1/orders/${id}`, { ...staff, ...(ifMatch && { ifMatch }) });

async function cancelled(key: string = randomUUID()) {
  const { body } = await place(key);
  await send('POST', `/v1/orders/${body.id}/cancel`, { key });
  return body.id;
}

describe('an order that has ended', () => {
  it('is archived once, by who may, where it has the version that is meant', async () => {
    const id = await cancelled();
    expect(await send('DELETE', `/v1/orders/${id}`)).toMatchObject({ status: 403 });
    expect(await archive(id, 1)).toMatchObject({ status: 412 });
    expect((await archive(id, 2)).status).toBe(204);
    expect((await archive(id)).status).toBe(204);
    const document = await stored(id);
    expect(document).toMatchObject({ status: 'CANCELLED', version: 3, isArchived: true });
    expect(JSON.parse(document.events[0]!.body)).toMatchObject({ type: 'com.holdfast.order.archived.v1' });
    const shown = await send('GET', `/v1/orders/${id}`);
    expect(shown).toMatchObject({ status: 200, body: { isArchived: true } });
    const { body } = await send('GET', `/v1/orders/${id}/timeline`, staff);
    expect((body.data as object[]).at(-1)).toMatchObject({ event: 'order.archived', actor: 'usr_s' });
  });

  it('takes no command any more, but answers those of before again', async () => {
    const key = randomUUID();
    const id = await cancelled(key);
    await archive(id);
    const edited = await send('PATCH', `/v1/orders/${id}`, { ...staff, body: { note: 'x' } });
    expect(edited).toMatchObject({ status: 409, body: { code: 'order_archived' } });
    const again = await send('POST', `/v1/orders/${id}/cancel`, { key: randomUUID() });
    expect(again).toMatchObject({ status: 409, body: { code: 'order_archived' } });
    const replay = await send('POST', `/v1/orders/${id}/cancel`, { key });
    expect(replay.status).toBe(200);
    expect(replay.headers['idempotency-replayed']).toBe('true');
  });
});

it('money that is due back keeps it from being archived; money that comes later is recorded all the same', async () => {
  const pay = (id: string, reference: string) => {
    const body = { amount: { amount: 5, currency: 'EUR' }, reference };
    return send('POST', `/v1/orders/${id}/confirm-payment`, { ...staff, key: randomUUID(), body });
  };
  const id = await cancelled();
  await pay(id, 'bank-1');
  const due = { code: 'order_unsettled', refundDue: { amount: 5, currency: 'EUR' }, returnIds: [] };
  expect(await archive(id)).toMatchObject({ status: 409, body: due });
  const refund = { amount: { amount: 5, currency: 'EUR' } };
  const refunds = `/v1/orders/${id}/payments/refunds`;
  expect((await send('POST', refunds, { ...staff, key: randomUUID(), body: refund })).status).toBe(201);
  expect((await archive(id)).status).toBe(204);
  const late = await pay(id, 'bank-2');
  expect(late).toMatchObject({ status: 200, body: { isArchived: true, payment: { refundDue: { amount: 5 } } } });
  expect((await send('POST', refunds, { ...staff, key: randomUUID(), body: refund })).status).toBe(201);
});

it('one that goes on is not archived: the answer says which are', async () => {
  const { body } = await place();
  const refused = { status: 409, body: { code: 'illegal_transition', orderStatus: 'PENDING' } };
  expect(await archive(body.id)).toMatchObject(refused);
  await deliver(outcome('held', body.id));
  const allowed = ['REJECTED', 'CANCELLED', 'EXPIRED', 'DELIVERED'];
  expect(await archive(body.id)).toMatchObject({ status: 409, body: { orderStatus: 'CONFIRMED', allowed } });
});
