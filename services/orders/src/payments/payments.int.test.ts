// Paying through the routes of the real service; the test plays inventory and the clock.
import { randomUUID } from 'node:crypto';
import { asSystem } from '@holdfast/shared/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clockIn } from '../orders.fixture.ts';
import { type Amount, eur, money, openPaymentsFixture, type PaymentsFixture, paid, staff } from './payments.fixture.ts';

let fixture: PaymentsFixture;
beforeAll(async () => {
  fixture = await openPaymentsFixture();
});
afterAll(() => fixture.close());
const held = () => fixture.held();
const read = (id: string) => fixture.read(id);
const confirm: PaymentsFixture['confirm'] = (...args) => fixture.confirm(...args);
const refund: PaymentsFixture['refund'] = (...args) => fixture.refund(...args);
const list: PaymentsFixture['list'] = (...args) => fixture.list(...args);
const eventsOf = (id: string) => fixture.eventsOf(id);
const expireIn = (ms: number) => fixture.expireIn(ms);

describe('an order that has to be paid first', () => {
  it('is placed as AWAITING_PAYMENT, and its placement answers so for ever', async () => {
    const key = randomUUID();
    const { id } = (await fixture.place(key)).body;
    const waiting = fixture.place(key, 'wait=20');
    await fixture.deliver(fixture.outcome('held', id));
    const first = await waiting;
    expect(first).toMatchObject({ status: 201, body: { status: 'AWAITING_PAYMENT', payment: { status: 'awaiting' } } });
    const windowMs = Date.parse(money(first.body).expiresAt!) - Date.parse(first.body.createdAt as string);
    expect(windowMs).toBeGreaterThanOrEqual(600_000);
    expect(windowMs).toBeLessThan(630_000);
    await confirm(id, paid());
    const replay = await fixture.place(key, 'wait=20');
    expect(replay.body).toEqual(first.body);
    expect([replay.status, replay.headers['idempotency-replayed']]).toEqual([201, 'true']);
  });

  it('is confirmed by its parts, each of which is recorded once', async () => {
    const id = await held();
    const part = paid(200);
    const key = randomUUID();
    const first = await confirm(id, part, { key });
    expect(first).toMatchObject({
      status: 200,
      body: { status: 'AWAITING_PAYMENT', payment: { status: 'partly_paid' } },
    });
    const again = await confirm(id, part, { key });
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([200, 'true']);
    expect((await confirm(id, paid(300), { key })).body).toMatchObject({ code: 'idempotency_key_reused' });
    expect(await confirm(id, part)).toMatchObject({ status: 200, body: { payment: { captured: eur(200) } } });
    const other = await confirm(id, { ...part, amount: eur(300) });
    expect([other.status, other.body]).toMatchObject([409, { code: 'payment_recorded', recorded: eur(200) }]);
    const all = await confirm(id, paid(300));
    expect(all).toMatchObject({ status: 200, body: { status: 'CONFIRMED', payment: { status: 'paid' } } });
    expect(all.headers.etag).toBe(`"${all.body.version}"`);
    expect(await eventsOf(id)).toEqual(['payment.recorded', 'order.confirmed']);
    const entries = (await list(`/v1/orders/${id}/timeline`)) as { event?: string }[];
    expect(entries.map(({ event }) => event)).toEqual([
      'order.placed',
      'order.awaiting_payment',
      'payment.recorded',
      'payment.repeated',
      'order.confirmed',
    ]);
  });

  it('keeps the key of a payment that is recorded already: with another body it is refused, and books nothing', async () => {
    const id = await held();
    const part = paid(200);
    await confirm(id, part);
    const key = randomUUID();
    const repeated = await confirm(id, part, { key });
    expect(repeated).toMatchObject({ status: 200, body: { payment: { captured: eur(200) } } });
    expect(await eventsOf(id)).toEqual(['payment.repeated']);
    for (const other of [{ ...part, amount: eur(500) }, paid(300)])
      expect(await confirm(id, other, { key })).toMatchObject({
        status: 422,
        body: { code: 'idempotency_key_reused' },
      });
    const again = await confirm(id, part, { key });
    expect([again.status, again.headers['idempotency-replayed'], again.body]).toEqual([200, 'true', repeated.body]);
    expect(await list(`/v1/orders/${id}/payments`)).toHaveLength(1);
  });

  it('takes twenty equal payments at once as one', async () => {
    const id = await held();
    const body = paid(500);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => confirm(id, body, { key: `k${n % 4}` })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(money((await read(id)).body)).toMatchObject({ captured: eur(500), refundDue: eur(0) });
    expect(await list(`/v1/orders/${id}/payments`)).toHaveLength(1);
  });

  it('refuses what is no payment of it', async () => {
    const id = await held();
    const dollars = { ...paid(), amount: { amount: 500, currency: 'USD' } };
    expect((await confirm(id, dollars)).body).toMatchObject({ status: 422, code: 'wrong_currency', currency: 'EUR' });
    expect((await confirm(id, { ...paid(), amount: eur(0) })).status).toBe(400);
    expect((await confirm(id, { amount: eur(500), reference: 'Nils Holm' })).status).toBe(400);
    expect((await confirm('ord_unknown', paid())).status).toBe(404);
    expect((await confirm(id, paid(), { role: 'CUSTOMER', userId: 'usr_a' })).status).toBe(403);
    expect((await confirm(id, paid(), { role: 'STAFF' })).status).toBe(403);
  });

  it('expires at the end of its window, which its sweep alone looks at', async () => {
    const id = await held();
    await asSystem('test', () => fixture.deps.orders.memory.undecided.refresh());
    expect((await asSystem('test', () => fixture.deps.orders.store.countUndecided())).get(fixture.tenantId) ?? 0).toBe(
      0,
    );
    expect(await fixture.sweepAt(clockIn(700_000))).toBe(0);
    await expireIn(590_000);
    expect((await read(id)).body.status).toBe('AWAITING_PAYMENT');
    expect(await expireIn(610_000)).toBeGreaterThan(0);
    expect(await fixture.stored(id)).toMatchObject({ status: 'EXPIRED', request: 2 });
    expect(await eventsOf(id)).toEqual(['order.expired']);
    expect((await list('/v1/orders?status=EXPIRED')) as object[]).toContainEqual(expect.objectContaining({ id }));
  });

  it('is revived by a late payment, and confirmed or expired again by what inventory answers', async () => {
    const [kept, gone] = [await held(), await held()];
    await expireIn(610_000);
    expect((await confirm(kept, paid())).body).toMatchObject({ status: 'PENDING', payment: { status: 'paid' } });
    expect(await eventsOf(kept)).toEqual(['payment.recorded', 'order.placed']);
    await confirm(gone, paid());
    await fixture.deliver(fixture.outcome('held', kept, 3), fixture.outcome('rejected', gone, 3));
    expect((await read(kept)).body).toMatchObject({ status: 'CONFIRMED', payment: { refundDue: eur(0) } });
    expect((await read(gone)).body).toMatchObject({ status: 'EXPIRED', payment: { refundDue: eur(500) } });
    expect(await eventsOf(gone)).toEqual(['order.expired', 'refund.due']);
  });

  it('answers its placement as at first, also after a late payment has found the stock gone', async () => {
    const key = randomUUID();
    const { id } = (await fixture.place(key)).body;
    await fixture.deliver(fixture.outcome('held', id));
    const first = await fixture.place(key, 'wait=5');
    await expireIn(610_000);
    await confirm(id, paid());
    await fixture.deliver(fixture.outcome('rejected', id, 3));
    expect((await read(id)).body).toMatchObject({ status: 'EXPIRED', shortages: [{ requested: 1 }] });
    expect(await fixture.place(key, 'wait=5')).toMatchObject({ status: 201, body: first.body });
    expect(first.body).not.toHaveProperty('shortages');
  });

  it('asks inventory again about a late payment that it does not answer, and gives up after its window', async () => {
    const id = await held();
    await expireIn(610_000);
    await confirm(id, paid());
    expect(await fixture.sweepAt(clockIn(31_000))).toBe(1);
    expect([await eventsOf(id), (await fixture.stored(id)).request]).toEqual([['order.placed'], 3]);
    await fixture.sweepAt(clockIn(16 * 60_000));
    expect(await fixture.stored(id)).toMatchObject({ status: 'EXPIRED', request: 4, payment: { refundDue: 500 } });
  });
});

describe('a refund', () => {
  it('is recorded once for its key, listed, and never more than was paid', async () => {
    const id = await held();
    await confirm(id, paid());
    const body = { amount: eur(200), reason: 'broken' };
    const first = await refund(id, body, { key: 'k' });
    expect(first.body).toMatchObject({ kind: 'refunded', amount: eur(200), reason: 'broken', actor: 'usr_s' });
    expect(first.status).toBe(201);
    await refund(id, { amount: eur(100) });
    const replay = await refund(id, body, { key: 'k' });
    expect([replay.status, replay.body, replay.headers['idempotency-replayed']]).toEqual([201, first.body, 'true']);
    expect((await refund(id, { ...body, amount: eur(1) }, { key: 'k' })).status).toBe(422);
    expect(await refund(id, { amount: eur(201) })).toMatchObject({
      status: 409,
      body: { code: 'refund_too_large', refundable: eur(200) },
    });
    expect((await read(id)).body).toMatchObject({ status: 'CONFIRMED', payment: { refunded: eur(300) } });
    const refunds = (await list(`/v1/orders/${id}/payments/refunds`)) as { amount: Amount }[];
    expect(refunds.map(({ amount }) => amount.amount)).toEqual([200, 100]);
  });

  it('of any number at once comes to no more than was paid', async () => {
    const id = await held();
    await confirm(id, paid());
    const answers = await Promise.all(Array.from({ length: 12 }, () => refund(id, { amount: eur(100) })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(money((await read(id)).body)).toMatchObject({ refunded: eur(500), status: 'refunded' });
  });
});

describe('the list of payments', () => {
  it('comes in pages, and tells customers of their own what was paid, not how the books are kept', async () => {
    const id = await held();
    for (const n of [1, 2, 3]) await confirm(id, paid(n, `ref-${n}`));
    await refund(id, { amount: eur(1), reason: 'a secret' });
    const page = await fixture.send('GET', `/v1/orders/${id}/payments?limit=3`, staff);
    expect((page.body.data as { reference: string }[]).map(({ reference }) => reference)).toEqual([
      'ref-1',
      'ref-2',
      'ref-3',
    ]);
    const cursor = encodeURIComponent(page.body.nextCursor as string);
    expect(await list(`/v1/orders/${id}/payments?limit=3&cursor=${cursor}`)).toMatchObject([{ reason: 'a secret' }]);
    const own = await list(`/v1/orders/${id}/payments`, {});
    expect(own).toMatchObject([{ kind: 'captured', amount: eur(1) }, {}, {}, { kind: 'refunded', amount: eur(1) }]);
    expect(JSON.stringify(own)).not.toMatch(/secret|ref-1|usr_s/);
    expect((await fixture.send('GET', `/v1/orders/${id}/payments`, { userId: 'usr_other' })).status).toBe(404);
  });
});
