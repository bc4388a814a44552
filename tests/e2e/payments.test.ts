// Paying through the gateway and every service: a business that asks for payment first, Stripe's notices, a late
// payment, a refund. Stock, money and status agree at every step.
import { createHmac, randomUUID } from 'node:crypto';
import { createClient } from '@holdfast/sdk';
import { until } from '@holdfast/shared/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { withMongo } from '../api/documents.ts';
import { Business, type Order, type Person } from './business.ts';

const secret = `whsec_${randomUUID().replaceAll('-', '')}`;
let business: Business;
let customer: Person;
beforeAll(async () => {
  business = await Business.signUp();
  customer = await business.registerCustomer();
  const settings = { paymentPolicy: 'before_confirm', paymentWindowSeconds: 3_600 };
  expect((await business.call('PATCH', '/v1/tenant', { body: { settings } })).status).toBe(200);
  const set = await business.call('PUT', '/v1/payment-providers/stripe', { body: { secret } });
  expect(set).toMatchObject({ status: 200, body: { callbackPath: `/v1/payments/callback/stripe/${business.slug}` } });
  // Another setting is in force within ten seconds.
  const variantId = await business.stockVariant(1_000);
  const isInForce = async () => (await business.order(variantId, 1)).body.status === 'AWAITING_PAYMENT';
  await until(isInForce, { what: 'orders are to be paid first', timeoutMs: 20_000, everyMs: 250 });
});

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const read = async (id: string) => (await business.call<Order>('GET', `/v1/orders/${id}`)).body;

/** A notice with a signature of Stripe's scheme: HMAC-SHA-256 over the time and the body. */
function notify(type: string, object: object, { key = secret, slug = business.slug } = {}) {
  const rawBody = JSON.stringify({ id: `evt_${randomUUID()}`, object: 'event', type, data: { object } });
  const time = Math.floor(Date.now() / 1_000);
  const signature = createHmac('sha256', key).update(`${time}.${rawBody}`).digest('hex');
  const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${time},v1=${signature}` };
  const stripe = createClient({ url: business.url, attemptsMax: 1 });
  return stripe.request('POST', `/v1/payments/callback/stripe/${slug}`, { rawBody, headers });
}
const captured = (orderId: string, amount: number, id = `pi_${orderId}`) =>
  notify('payment_intent.succeeded', {
    id,
    currency: 'eur',
    amount_received: amount,
    amount_capturable: 0,
    metadata: { orderId },
  });

/** Moves the end of the payment window into the past; the sweep does the rest. */
async function endWindow(id: string): Promise<void> {
  const changed = await withMongo((connection) => {
    const orders = connection.useDb('orders').collection<{ _id: string }>('orders');
    return orders.updateOne({ _id: id }, { $set: { expiresAt: new Date(Date.now() - 1) } });
  });
  expect(changed.modifiedCount).toBe(1);
  await until(async () => (await read(id)).status === 'EXPIRED', { what: `${id} expires` });
}

describe('an order that has to be paid first', () => {
  it('holds its stock, is confirmed by a notice, refunded in part, and due back once it is cancelled', async () => {
    const variantId = await business.stockVariant(3, 1_000);
    const placed = await business.order(variantId, 2, { token: customer.token });
    expect(placed).toMatchObject({
      status: 201,
      body: { status: 'AWAITING_PAYMENT', payment: { status: 'awaiting' } },
    });
    const { id } = placed.body;
    await business.untilStock(variantId, ({ reserved }) => reserved === 2);
    expect(await captured(id, 2_000)).toMatchObject({ status: 200, body: { outcome: 'recorded' } });
    expect(await read(id)).toMatchObject({ status: 'CONFIRMED', payment: { status: 'paid', captured: eur(2_000) } });
    const refund = { amount: eur(500), reason: 'a scratch' };
    const refunds = `/v1/orders/${id}/payments/refunds`;
    expect((await business.call('POST', refunds, { key: randomUUID(), body: refund })).status).toBe(201);
    await business.call('POST', `/v1/orders/${id}/cancel`, { token: customer.token });
    expect(await read(id)).toMatchObject({ status: 'CANCELLED', payment: { refundDue: eur(1_500) } });
    await business.untilStock(variantId, ({ reserved }) => reserved === 0);
    expect(await captured(id, 2_000)).toMatchObject({ status: 200, body: { outcome: 'known' } });
    const own = await business.all<{ kind: string }>(`/v1/orders/${id}/payments`, customer.token);
    expect(own.map(({ kind }) => kind)).toEqual(['captured', 'refunded']);
    expect(await business.checkLedger(variantId)).toMatchObject({ onHand: 3, reserved: 0 });
  });

  it('gives its stock back when its window ends; a late payment takes it again, or is due back', async () => {
    const variantId = await business.stockVariant(1, 1_000);
    const first = (await business.order(variantId, 1)).body.id;
    await endWindow(first);
    await business.untilStock(variantId, ({ available }) => available === 1);
    expect(await captured(first, 1_000)).toMatchObject({ status: 200 });
    await until(async () => (await read(first)).status === 'CONFIRMED', { what: 'the late payment confirms it' });
    await business.untilStock(variantId, ({ reserved }) => reserved === 1);
    await business.call('POST', `/v1/orders/${first}/cancel`);
    await business.untilStock(variantId, ({ available }) => available === 1);

    const second = (await business.order(variantId, 1)).body.id;
    await endWindow(second);
    await business.untilStock(variantId, ({ available }) => available === 1);
    const other = (await business.order(variantId, 1)).body.id;
    await captured(other, 1_000);
    await captured(second, 1_000);
    const isRefused = async () => {
      const { status, payment } = await read(second);
      return status === 'EXPIRED' && payment.refundDue.amount === 1_000;
    };
    await until(isRefused, { what: 'the second finds the stock gone' });
    expect(await read(other)).toMatchObject({ status: 'CONFIRMED' });
    expect(await business.checkLedger(variantId)).toMatchObject({ onHand: 1, reserved: 1, available: 0 });
  });

  it('is confirmed without a payment when it costs nothing', async () => {
    const variantId = await business.stockVariant(1, 0);
    expect(await business.order(variantId, 1)).toMatchObject({ status: 201, body: { status: 'CONFIRMED' } });
  });
});

it('a notice with a wrong signature and one of a business that does not exist are answered alike', async () => {
  const object = { id: 'pi_1', currency: 'eur', amount_received: 1, amount_capturable: 0, metadata: {} };
  const answers = [
    await notify('payment_intent.succeeded', object, { key: `${secret}x` }),
    await notify('payment_intent.succeeded', object, { slug: 'no-such-business' }),
  ];
  const told = answers.map(({ status, body: { instance: _i, traceId: _t, ...rest } }) => ({ status, ...rest }));
  expect(told[0]).toMatchObject({ status: 404, code: 'unknown_callback' });
  expect(told[1]).toEqual(told[0]);
});
