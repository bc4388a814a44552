// Payment providers and their notices through the routes of the real service; the test plays Stripe.
import { randomUUID } from 'node:crypto';
import { asTenant } from '@holdfast/shared/persistence';
import { silentLog } from '@holdfast/shared/values';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previousSecretMs } from '../limits.ts';
import { clockIn } from '../orders.fixture.ts';
import { eur, money, openPaymentsFixture, type PaymentsFixture, paid } from '../payments/payments.fixture.ts';
import type { PaymentProvider } from './payment-provider.ts';
import { receiveCallback } from './receive-callback.ts';

const secret = 'whsec_3fPq8mZx1Lw9TfRb5Yh2Nc7JdP4sGaEu';
const slugs = new Map<string, string>();
let fixture: PaymentsFixture;
beforeAll(async () => {
  const slugOf = async (tenantId: string) => slugs.get(tenantId) ?? 'the-shop';
  fixture = await openPaymentsFixture({ change: (orders) => ({ ...orders, slugOf }) });
  await owner().put('/v1/payment-providers/stripe', { secret });
});
afterAll(() => fixture.close());

const owner = (tenantId = fixture.tenantId) => fixture.as({ tenantId, role: 'OWNER', userId: 'usr_o' });

type Sent = { secret?: string; id?: string; at?: number; slug?: string; provider?: string; body?: string };
const eventOf = (type: string, object: object, id: string = `evt_${randomUUID()}`) =>
  JSON.stringify({ id, object: 'event', type, data: { object } });
const succeeded = (orderId: string, { amount = 500, id = 'pi_1' } = {}) => ({
  id,
  currency: 'eur',
  amount_received: amount,
  amount_capturable: 0,
  metadata: { orderId },
});
const refunded = (orderId: string, amount: number) => ({
  id: 'ch_1',
  currency: 'eur',
  amount_refunded: amount,
  payment_intent: 'pi_1',
  metadata: { orderId },
});

/** A notice of Stripe, as its own library signs it. */
async function notify(
  payload: string,
  { at = Date.now(), slug = 'the-shop', provider = 'stripe', ...sent }: Sent = {},
) {
  const timestamp = Math.floor(at / 1_000);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: sent.secret ?? secret, timestamp });
  const answer = await fixture.app.inject({
    method: 'POST',
    url: `/v1/payments/callback/${provider}/${slug}`,
    payload: sent.body ?? payload,
    headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
  });
  return { status: answer.statusCode, body: answer.json() };
}
const capture = (id: string, given = {}, sent: Sent = {}) =>
  notify(eventOf('payment_intent.succeeded', succeeded(id, given)), sent);
const recorded = { status: 200, body: { outcome: 'recorded' } };
const known = { status: 200, body: { outcome: 'known' } };

describe('a notice', () => {
  it('confirms the order that it pays, once however often it is sent', async () => {
    const id = await fixture.held();
    const payload = eventOf('payment_intent.succeeded', succeeded(id));
    const answers = await Promise.all(Array.from({ length: 12 }, () => notify(payload)));
    expect(answers.filter(({ body }) => body.outcome === 'recorded')).toHaveLength(1);
    expect(answers.filter(({ body }) => body.outcome === 'known')).toHaveLength(11);
    expect((await fixture.read(id)).body).toMatchObject({ status: 'CONFIRMED', payment: { captured: eur(500) } });
    expect(await fixture.list(`/v1/orders/${id}/payments`)).toMatchObject([
      { kind: 'captured', provider: 'stripe', reference: 'pi_1', actor: 'system', amount: eur(500) },
    ]);
  });

  it('and the same payment told by staff are one', async () => {
    const id = await fixture.held();
    await fixture.confirm(id, { ...paid(500, 'pi_1'), provider: 'stripe' });
    expect(await capture(id)).toEqual(known);
    expect(money((await fixture.read(id)).body)).toMatchObject({ captured: eur(500), refundDue: eur(0) });
  });

  it('counts in whatever order notices come: a refund before its payment, an older refund after a newer one', async () => {
    const id = await fixture.held();
    expect(await notify(eventOf('charge.refunded', refunded(id, 300)))).toEqual(recorded);
    expect(await notify(eventOf('charge.refunded', refunded(id, 100)))).toEqual(known);
    expect(await capture(id)).toEqual(recorded);
    expect((await fixture.read(id)).body).toMatchObject({
      status: 'AWAITING_PAYMENT',
      payment: { captured: eur(500), refunded: eur(300), status: 'partly_refunded' },
    });
    expect(await notify(eventOf('charge.refunded', refunded(id, 500)))).toEqual(recorded);
    expect(money((await fixture.read(id)).body)).toMatchObject({ refunded: eur(500), status: 'refunded' });
  });

  it('never reopens an order that was cancelled, repeated or late', async () => {
    const [late, repeated] = [await fixture.held(), await fixture.held()];
    await fixture.send('POST', `/v1/orders/${late}/cancel`);
    const payload = eventOf('payment_intent.succeeded', succeeded(repeated));
    await notify(payload);
    await fixture.send('POST', `/v1/orders/${repeated}/cancel`);
    expect([await capture(late), await notify(payload)]).toEqual([recorded, known]);
    for (const id of [late, repeated])
      expect((await fixture.read(id)).body).toMatchObject({ status: 'CANCELLED', payment: { refundDue: eur(500) } });
    const authorised = { ...succeeded(late, { id: 'pi_2' }), amount_capturable: 500 };
    expect(await notify(eventOf('payment_intent.amount_capturable_updated', authorised))).toEqual(recorded);
    expect((await fixture.read(late)).body.status).toBe('CANCELLED');
  });

  it('about nothing here is taken and ignored', async () => {
    const ignored = { status: 200, body: { outcome: 'ignored' } };
    expect(await notify(eventOf('customer.created', {}))).toEqual(ignored);
    expect(await capture('ord_of_another_system')).toEqual(ignored);
    const { metadata: _, ...unnamed } = succeeded('x');
    expect(await notify(eventOf('payment_intent.succeeded', unnamed))).toEqual(ignored);
  });

  it('that cannot be recorded is not taken, so that it stays visible at the provider', async () => {
    const id = await fixture.held();
    const dollars = { ...succeeded(id), currency: 'usd' };
    expect(await notify(eventOf('payment_intent.succeeded', dollars))).toMatchObject({
      status: 422,
      body: { code: 'wrong_currency' },
    });
    expect(await notify('{"id":')).toMatchObject({ status: 400, body: { code: 'malformed_json' } });
    expect(await notify('{}')).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  });

  it('of its own system is signed as Standard Webhooks says', async () => {
    const key = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    expect((await owner().put('/v1/payment-providers/manual', { secret: key })).status).toBe(200);
    const id = await fixture.held();
    const send = async (event: string) => {
      const data = { orderId: id, amount: eur(500), reference: 'bank-1' };
      const payload = JSON.stringify({ type: 'payment.captured', data });
      const now = new Date();
      const signed = { 'webhook-id': event, 'webhook-signature': new Webhook(key).sign(event, now, payload) };
      const timestamp = { 'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)) };
      const headers = { 'content-type': 'application/json', ...signed, ...timestamp };
      const url = '/v1/payments/callback/manual/the-shop';
      return (await fixture.app.inject({ method: 'POST', url, payload, headers })).json();
    };
    expect([await send('m1'), await send('m1'), await send('m2')]).toEqual([recorded.body, known.body, known.body]);
  });
});

describe('who has not the secret', () => {
  it('gets one answer, whatever is wrong', async () => {
    const id = await fixture.held();
    const old = Date.now() - 310_000;
    const wrong: Sent[] = [
      { secret: `${secret}x` },
      { slug: 'nobody-s' },
      { slug: 'the-shop', provider: 'paypal' },
      { slug: 'the-shop', provider: '__proto__' },
      { slug: 'the-shop', provider: 'manual' },
      { at: old },
      { body: eventOf('payment_intent.succeeded', succeeded(id, { amount: 1 })) },
      { body: '' },
      { body: 'no json' },
    ];
    const answers = [];
    for (const sent of wrong) answers.push(await capture(id, {}, sent));
    const told = answers.map(({ status, body: { instance: _i, traceId: _t, ...rest } }) => ({ status, ...rest }));
    expect(told[0]).toMatchObject({ status: 404, code: 'unknown_callback' });
    expect(told).toEqual(Array(wrong.length).fill(told[0]));
    expect((await fixture.read(id)).body).toMatchObject({ status: 'AWAITING_PAYMENT', version: 2 });
  });

  it('of this business, but of another one, reaches nothing here', async () => {
    const other = fixture.tenant();
    slugs.set(other, 'other-shop');
    const theirs = 'whsec_theirs8mZx1Lw9TfRb5Yh2Nc7JdP4sGaEu';
    await owner(other).put('/v1/payment-providers/stripe', { secret: theirs });
    const id = await fixture.held();
    expect(await capture(id, {}, { secret: theirs })).toMatchObject({ status: 404 });
    expect(await capture(id, {}, { secret: theirs, slug: 'other-shop' })).toMatchObject({
      body: { outcome: 'ignored' },
    });
    expect((await fixture.read(id)).body.status).toBe('AWAITING_PAYMENT');
  });

  it('is refused by its size before anything else', async () => {
    expect(await notify(JSON.stringify('x'.repeat(262_144)))).toMatchObject({ status: 413 });
    const answer = await fixture.app.inject({
      method: 'POST',
      url: '/v1/payments/callback/stripe/the-shop',
      payload: '<xml/>',
      headers: { 'content-type': 'application/xml' },
    });
    expect(answer.statusCode).toBe(415);
  });
});

describe('a payment provider', () => {
  const path = '/v1/payment-providers/stripe';
  const next = 'whsec_next8mZx1Lw9TfRb5Yh2Nc7JdP4sGaEu';

  it('is set, read, replaced and removed by who may, without its secret', async () => {
    const tenantId = fixture.tenant();
    slugs.set(tenantId, 'third-shop');
    expect((await owner(tenantId).get(path)).status).toBe(404);
    const set = await owner(tenantId).put(path, { secret });
    expect(set).toMatchObject({ status: 200, headers: { etag: '"1"' } });
    expect(set.body).toMatchObject({ provider: 'stripe', callbackPath: '/v1/payments/callback/stripe/third-shop' });
    expect((await owner(tenantId).put(path, { secret })).body).toEqual(set.body);
    expect((await owner(tenantId).put(path, { secret: next }, { 'if-match': '"7"' })).status).toBe(412);
    const replaced = await owner(tenantId).put(path, { secret: next }, { 'if-match': '"1"' });
    expect(replaced.body).toMatchObject({ version: 2, previousSecretUntil: expect.any(String) });
    expect((await owner(tenantId).get(path)).body).toEqual(replaced.body);
    const providers = fixture.deps.database.db.collection<PaymentProvider & { _id: string }>('payment_providers');
    const stored = await asTenant(tenantId, () => providers.findOne({ tenantId }));
    expect(stored).toMatchObject({ provider: 'stripe', previous: { until: expect.any(Date) } });
    expect(JSON.stringify([set.body, replaced.body, stored])).not.toMatch(/3fPq8mZx|next8mZx/);
    expect((await owner(tenantId).delete(path, { 'if-match': '"1"' })).status).toBe(412);
    expect((await owner(tenantId).delete(path)).status).toBe(204);
    expect((await owner(tenantId).delete(path)).status).toBe(404);
    expect(await capture('ord_1', {}, { slug: 'third-shop' })).toMatchObject({ status: 404 });
  });

  it('is nobody else, and its secret is one', async () => {
    for (const role of ['MANAGER', 'SUPPORT', 'STAFF', 'CUSTOMER'] as const)
      expect((await fixture.as({ tenantId: fixture.tenantId, role }).put(path, { secret })).status).toBe(403);
    expect((await owner().put('/v1/payment-providers/paypal', { secret })).status).toBe(404);
    const refused = await owner().put(path, { secret: 'sk_live_hush' });
    expect(refused.body).toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/secret' }] });
    expect(JSON.stringify(refused.body)).not.toContain('hush');
  });

  it('may sign with the secret of before for a day', async () => {
    const tenantId = fixture.tenant();
    slugs.set(tenantId, 'fourth-shop');
    await owner(tenantId).put(path, { secret });
    await owner(tenantId).put(path, { secret: next });
    for (const key of [secret, next])
      expect(await capture('ord_1', {}, { secret: key, slug: 'fourth-shop' })).toMatchObject({ status: 200 });
    const later = { ...fixture.deps.orders, log: silentLog, clock: clockIn(previousSecretMs + 1_000) };
    const payload = eventOf('customer.created', {});
    const sign = (key: string) => {
      const timestamp = Math.floor(later.clock.now().getTime() / 1_000);
      const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: key, timestamp });
      return {
        provider: 'stripe',
        slug: 'fourth-shop',
        body: Buffer.from(payload),
        headers: { 'stripe-signature': signature },
      };
    };
    expect(await receiveCallback(sign(next), later)).toBe('ignored');
    await expect(receiveCallback(sign(secret), later)).rejects.toMatchObject({ code: 'unknown_callback' });
  });
});
