// Purchase orders and receipts over HTTP on real servers: what is made once, what is refused, and what many people who
// receive at once leave behind.
import { until, withKey } from '@holdfast/shared/testing';
import { newId } from '@holdfast/shared/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLedger, type Fixture, openFixture, type Replica } from '../inventory.fixture.ts';
import { placedEvent, tenantUpdatedEvent } from '../inventory-streams.fixture.ts';

let fixture: Fixture;
let replica: Replica;
let other: Replica;
beforeAll(async () => {
  fixture = await openFixture();
  [replica, other] = [await fixture.startReplica(), await fixture.startReplica()];
});
afterAll(() => fixture.close());

const as = (tenantId: string, role = 'MANAGER', via = replica) => via.as({ tenantId, userId: 'usr_1', role } as never);
const eur = (amount: number) => ({ amount, currency: 'EUR' });

async function shop(stock: Record<string, number> = { cap: 0 }) {
  const tenantId = await fixture.tenant(stock);
  const post = (path: string, body?: object, key = newId('req'), via = replica) =>
    as(tenantId, 'MANAGER', via).post(path, body, withKey(key));
  const supplierId = (await post('/v1/suppliers', { name: 'Wool', currency: 'EUR' })).body.id as string;
  const cap = `cap_${tenantId}`;
  const body = { supplierId, lines: [{ variantId: cap, quantity: 10, unitCost: eur(900) }] };
  const draft = async () => (await post('/v1/purchase-orders', body)).body;
  async function confirmed() {
    const { id } = await draft();
    await post(`/v1/purchase-orders/${id}/send`);
    expect((await post(`/v1/purchase-orders/${id}/confirm`)).status).toBe(200);
    return id as string;
  }
  const receive = (id: string, quantity: number, rest: object = {}, key?: string, via = replica) =>
    post(`/v1/purchase-orders/${id}/receipts`, { lines: [{ variantId: cap, quantity, ...rest }] }, key, via);
  const stockOf = async (variantId = cap) => (await as(tenantId).get(`/v1/stock/${variantId}`)).body;
  return { tenantId, post, supplierId, cap, body, draft, confirmed, receive, stockOf };
}

it('is drafted, changed, sent, confirmed and received in parts; every number agrees', async () => {
  const { tenantId, post, cap, draft, receive, stockOf } = await shop();
  const created = await draft();
  expect(created).toMatchObject({ number: 'PO-000001', status: 'DRAFT', total: eur(9_000) });
  const path = `/v1/purchase-orders/${created.id}`;
  const patched = await as(tenantId).patch(path, { note: 'gate 3', expectedAt: '2026-12-24T00:00:00.000Z' });
  expect(patched.body).toMatchObject({ note: 'gate 3', expectedAt: '2026-12-24T00:00:00.000Z', version: 2 });
  expect((await stockOf()).incoming).toBe(0);
  const before = (await stockOf()).version;
  await post(`${path}/send`);
  expect(await stockOf()).toMatchObject({ incoming: 10, locations: [{ incoming: 10 }] });
  expect((await stockOf()).version).toBeGreaterThan(before);
  await post(`${path}/confirm`);
  expect((await as(tenantId).patch(path, { note: 'x' })).body.code).toBe('illegal_transition');

  const first = await receive(created.id, 6, { rejectedQuantity: 1, rejectReason: 'torn', unitCost: eur(1_000) });
  expect(first).toMatchObject({
    status: 201,
    body: { status: 'RECEIVED', variance: eur(600), lines: [{ variance: eur(600), rejectReason: 'torn' }] },
  });
  expect(first.body.purchaseOrder).toMatchObject({
    status: 'PARTIALLY_RECEIVED',
    lines: [{ received: 6, rejected: 1, open: 3, actualUnitCost: eur(1_000) }],
  });
  expect(await stockOf()).toMatchObject({ onHand: 6, incoming: 3, averageCost: eur(1_000) });
  const tooMuch = await receive(created.id, 4);
  expect(tooMuch).toMatchObject({
    status: 409,
    body: { code: 'over_receipt', lines: [{ variantId: cap, remaining: 3 }] },
  });
  const last = await receive(created.id, 3);
  expect(last.body.purchaseOrder).toMatchObject({ status: 'RECEIVED', lines: [{ received: 9, open: 0 }] });
  expect(await stockOf()).toMatchObject({ onHand: 9, incoming: 0, averageCost: eur(967) });
  const { data } = (await as(tenantId).get(`${path}/timeline`)).body;
  expect(data.map(({ from, to }: { from: string; to: string }) => `${from} ${to}`)).toEqual([
    'null DRAFT',
    'DRAFT DRAFT',
    'DRAFT SENT',
    'SENT CONFIRMED',
    'CONFIRMED PARTIALLY_RECEIVED',
    'PARTIALLY_RECEIVED RECEIVED',
  ]);
  const ledger = (await as(tenantId).get(`/v1/movements?referenceId=${created.id}`)).body.data;
  expect(ledger.map(({ onHandDelta }: { onHandDelta: number }) => onHandDelta)).toEqual([3, 6]);
  expect((await as(tenantId).get('/v1/movements?kind=PURCHASE')).body.data).toHaveLength(2);
  expect((await as(tenantId).get(`${path}/receipts`)).body.data).toHaveLength(2);
  await checkLedger(fixture, tenantId);
});

describe('a repeated request', () => {
  it('of a draft, a step, a receipt and a reversal gets its first answer, and another body is refused', async () => {
    const { post, body, confirmed, receive, cap } = await shop();
    const [first, again] = [await post('/v1/purchase-orders', body, 'k'), await post('/v1/purchase-orders', body, 'k')];
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const id = await confirmed();
    const sent = await post(`/v1/purchase-orders/${first.body.id}/send`, undefined, 's');
    await post(`/v1/purchase-orders/${first.body.id}/cancel`);
    expect((await post(`/v1/purchase-orders/${first.body.id}/send`, undefined, 's')).body).toEqual(sent.body);
    const received = await receive(id, 4, {}, 'r');
    await receive(id, 6);
    const reverse = `/v1/purchase-orders/${id}/receipts/${received.body.id}/reverse`;
    const reversed = await post(reverse, undefined, 'v');
    expect(reversed.body).toMatchObject({ status: 'REVERSED', purchaseOrder: { status: 'PARTIALLY_RECEIVED' } });
    expect((await receive(id, 4, {}, 'r')).body).toEqual(received.body);
    expect((await post(reverse, undefined, 'v')).body).toEqual(reversed.body);
    expect((await post(reverse)).body.code).toBe('illegal_transition');
    const lines = [{ variantId: cap, quantity: 5 }];
    const reused = await post(`/v1/purchase-orders/${id}/receipts`, { lines }, 'r');
    expect(reused).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });
});

it('numbers have no gap and are given once, however many are drafted at once', async () => {
  const { post, body } = await shop();
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, n) => post('/v1/purchase-orders', body, newId('req'), n % 2 ? replica : other)),
  );
  const numbers = answers.map(({ body: { number } }) => number as string).sort();
  expect(numbers).toEqual(Array.from({ length: 12 }, (_, n) => `PO-${String(n + 1).padStart(6, '0')}`));
});

it('200 people who receive at once, with the same and with different keys, count what came once', async () => {
  const { tenantId, post, supplierId, cap, stockOf } = await shop();
  const lines = [{ variantId: cap, quantity: 60, unitCost: eur(900) }];
  const { id } = (await post('/v1/purchase-orders', { supplierId, lines })).body;
  for (const step of ['send', 'confirm']) await post(`/v1/purchase-orders/${id}/${step}`);
  const receive = (n: number) =>
    post(
      `/v1/purchase-orders/${id}/receipts`,
      { lines: [{ variantId: cap, quantity: 1 }] },
      `key-${n % 100}`,
      n % 3 ? replica : other,
    );
  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => receive(n)));
  const done = answers.filter(({ status }) => status === 201);
  expect(new Set(done.map(({ body }) => body.id)).size).toBe(60);
  const refused = answers.filter(({ status }) => status !== 201).map(({ body }) => body.code);
  expect(refused.filter((code) => code !== 'over_receipt' && code !== 'illegal_transition')).toEqual([]);
  expect(await stockOf()).toMatchObject({ onHand: 60, incoming: 0 });
  expect((await as(tenantId).get(`/v1/purchase-orders/${id}`)).body).toMatchObject({
    status: 'RECEIVED',
    lines: [{ received: 60 }],
  });
  await checkLedger(fixture, tenantId);
});

it('receiving, reversing, cancelling and closing at once leave stock that is the sum of the receipts that stand', async () => {
  const { tenantId, post, confirmed, receive, stockOf } = await shop();
  for (let round = 0; round < 8; round += 1) {
    const onHand = (await stockOf()).onHand;
    const id = await confirmed();
    const first = await receive(id, 4);
    const path = `/v1/purchase-orders/${id}`;
    await Promise.all([
      receive(id, 3, {}, newId('req'), other),
      post(`${path}/receipts/${first.body.id}/reverse`),
      post(`${path}/receipts/${first.body.id}/reverse`, undefined, newId('req'), other),
      post(`${path}/${round % 2 ? 'close' : 'cancel'}`, undefined, newId('req'), other),
    ]);
    const receipts = (await as(tenantId).get(`${path}/receipts`)).body.data as {
      status: string;
      lines: { quantity: number }[];
    }[];
    const standing = receipts.filter(({ status }) => status === 'RECEIVED');
    const sum = standing.reduce((total, { lines }) => total + lines[0]!.quantity, 0);
    const order = (await as(tenantId).get(path)).body;
    expect(order.lines[0].received).toBe(sum);
    expect((await stockOf()).onHand - onHand).toBe(sum);
    if (order.status === 'CANCELLED') expect(sum).toBe(0);
  }
  await checkLedger(fixture, tenantId);
  const expected = (
    (await as(tenantId).get('/v1/purchase-orders')).body.data as { lines: { open: number }[] }[]
  ).reduce((total, { lines }) => total + lines[0]!.open, 0);
  expect((await stockOf()).incoming).toBe(expected);
});

it('a receipt whose units are reserved cannot be reversed, and names the orders', async () => {
  const { tenantId, post, cap, confirmed, receive } = await shop();
  const id = await confirmed();
  const received = await receive(id, 5);
  const orderId = newId('ord');
  await fixture.streams.publish('orders', [placedEvent(tenantId, orderId, [{ variantId: cap, quantity: 3 }])]);
  await fixture.decided(tenantId, [orderId]);
  const refused = await post(`/v1/purchase-orders/${id}/receipts/${received.body.id}/reverse`);
  expect(refused).toMatchObject({
    status: 409,
    body: { code: 'would_break_reservations', orderIds: [orderId], shortages: [{ requested: 5, available: 2 }] },
  });
});

it('closing short drops what is incoming at once; a receipt that is rejected as a whole adds no stock', async () => {
  const { tenantId, post, confirmed, receive, stockOf } = await shop();
  const id = await confirmed();
  await receive(id, 0, { rejectedQuantity: 4 });
  expect(await stockOf()).toMatchObject({ onHand: 0, incoming: 6 });
  expect((await as(tenantId).get('/v1/movements')).body.data).toEqual([]);
  const closed = await post(`/v1/purchase-orders/${id}/close`);
  expect(closed.body).toMatchObject({ status: 'CLOSED', lines: [{ open: 0, rejected: 4 }] });
  expect((await stockOf()).incoming).toBe(0);
});

it('takes the tolerance of its tenant, once auth tells of it', async () => {
  const { tenantId, confirmed, receive } = await shop();
  await fixture.streams.publish('auth', [tenantUpdatedEvent(tenantId, { overReceiptTolerancePercent: 20 })]);
  const settings = () =>
    fixture.rows<{ _id: string; tenantId: string; overReceiptPercent: number }>('tenant_settings', tenantId);
  await until(async () => (await settings())[0]?.overReceiptPercent === 20, { what: 'the tolerance is known' });
  const id = await confirmed();
  expect((await receive(id, 13)).body).toMatchObject({ code: 'over_receipt', lines: [{ remaining: 12 }] });
  expect((await receive(id, 12)).body.purchaseOrder.status).toBe('RECEIVED');
});

it('names what does not fit', async () => {
  const { post, body, supplierId, cap, confirmed, receive, tenantId } = await shop();
  const line = body.lines[0]!;
  const codes = await Promise.all(
    [
      { ...body, supplierId: 'sup_nobody' },
      { ...body, locationId: 'loc_nowhere' },
      { ...body, lines: [{ ...line, variantId: 'var_nobody' }] },
      { ...body, lines: [{ ...line, unitCost: { amount: 1, currency: 'USD' } }] },
      { ...body, lines: [line, line] },
      { ...body, lines: [{ ...line, quantity: 1_000_000, unitCost: eur(100_000_000_000) }] },
    ].map(async (wrong) => (await post('/v1/purchase-orders', wrong)).body.code),
  );
  expect(codes).toEqual([
    'unknown_supplier',
    'unknown_location',
    'unknown_variant',
    'mixed_currencies',
    'validation_failed',
    'total_too_large',
  ]);
  const id = await confirmed();
  expect((await receive(id, 0)).body.code).toBe('validation_failed');
  const without = await as(tenantId).post(`/v1/purchase-orders/${id}/receipts`, {
    lines: [{ variantId: cap, quantity: 1 }],
  });
  expect(without.body.code).toBe('idempotency_key_required');
  await as(tenantId).delete(`/v1/suppliers/${supplierId}`);
  expect((await post('/v1/purchase-orders', body)).body.code).toBe('unknown_supplier');
  const foreign = await shop();
  expect((await foreign.receive(id, 1)).status).toBe(404);
});
