// Notices of Stripe: signed by Stripe's own library, with bodies of the shape that its API reference shows.
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { toleranceSeconds } from './notice.ts';
import { stripe } from './stripe.ts';

const secret = 'whsec_3fPq8mZx1Lw9TfRb5Yh2Nc7JdP4sGaEu';
const now = new Date('2026-03-05T14:35:50Z');

type Object = Record<string, unknown>;
const event = (type: string, object: Object) => ({
  id: 'evt_1PgafTIwAJQ6hX2b4EhPYNx3',
  object: 'event',
  api_version: '2026-01-28',
  created: 1_772_721_350,
  data: { object },
  livemode: true,
  pending_webhooks: 1,
  request: { id: 'req_x', idempotency_key: null },
  type,
});
const intent = (given: Object = {}): Object => ({
  id: 'pi_3PgafTIwAJQ6hX2b0Y0lNcWi',
  object: 'payment_intent',
  amount: 5_800,
  amount_capturable: 0,
  amount_received: 5_800,
  capture_method: 'automatic_async',
  currency: 'eur',
  customer: null,
  latest_charge: 'ch_3PgafTIwAJQ6hX2b0',
  metadata: { orderId: 'ord_1', cart: '17' },
  status: 'succeeded',
  ...given,
});
const charge = (given: Object = {}): Object => ({
  id: 'ch_3PgafTIwAJQ6hX2b0',
  object: 'charge',
  amount: 5_800,
  amount_captured: 5_800,
  amount_refunded: 1_900,
  currency: 'eur',
  metadata: { orderId: 'ord_1' },
  payment_intent: 'pi_3PgafTIwAJQ6hX2b0Y0lNcWi',
  refunded: false,
  ...given,
});

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value, null, 2));
const signed = (body: Buffer, { key = secret, at = now }: { key?: string; at?: Date } = {}) => {
  const options = { payload: body.toString(), secret: key, timestamp: at.getTime() / 1_000 };
  return { body, headers: { 'stripe-signature': Stripe.webhooks.generateTestHeaderString(options) } };
};
const read = (type: string, object: Object) => stripe.read(signed(bytes(event(type, object))));
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000);

describe('the signature', () => {
  const body = bytes(event('payment_intent.succeeded', intent()));

  it('is over the bytes that came, with the secret of the endpoint', () => {
    expect(stripe.isSigned(signed(body), secret, now)).toBe(true);
    expect(stripe.isSigned(signed(body, { key: `${secret}x` }), secret, now)).toBe(false);
    const { headers } = signed(body);
    expect(stripe.isSigned({ headers, body: Buffer.concat([body, Buffer.from(' ')]) }, secret, now)).toBe(false);
  });

  it('is good for five minutes', () => {
    expect(stripe.isSigned(signed(body, { at: ago(toleranceSeconds) }), secret, now)).toBe(true);
    expect(stripe.isSigned(signed(body, { at: ago(toleranceSeconds + 1) }), secret, now)).toBe(false);
  });

  it('that is missing, doubled or no signature is none', () => {
    const headers = [undefined, '', 'v1=abc', 't=1,v1=', ['t=1', 'v1=2'], 't=zz,v1=zz'];
    for (const value of headers)
      expect(stripe.isSigned({ headers: { 'stripe-signature': value }, body }, secret, now)).toBe(false);
  });
});

describe('a notice', () => {
  const about = { eventId: 'evt_1PgafTIwAJQ6hX2b4EhPYNx3', orderId: 'ord_1', reference: 'pi_3PgafTIwAJQ6hX2b0Y0lNcWi' };

  it('of a payment says what was received', () => {
    const amount = { amount: 5_800, currency: 'EUR' };
    expect(read('payment_intent.succeeded', intent())).toEqual({ kind: 'captured', ...about, amount });
    const part = intent({ amount_received: 5_000 });
    expect(read('payment_intent.succeeded', part)).toMatchObject({ amount: { amount: 5_000 } });
  });

  it('of an authorisation says what can be captured', () => {
    const held = intent({ amount_capturable: 5_800, amount_received: 0, status: 'requires_capture' });
    expect(read('payment_intent.amount_capturable_updated', held)).toMatchObject({ kind: 'authorised', ...about });
    const gone = intent({ amount_capturable: 0 });
    expect(read('payment_intent.amount_capturable_updated', gone)).toEqual({ kind: 'ignored' });
  });

  it('of a refund says what was refunded of the payment in all', () => {
    const amount = { amount: 1_900, currency: 'EUR' };
    expect(read('charge.refunded', charge())).toEqual({ kind: 'refunded', ...about, amount });
    const old = charge({ payment_intent: null });
    expect(read('charge.refunded', old)).toMatchObject({ reference: 'ch_3PgafTIwAJQ6hX2b0' });
  });

  it('of anything else is ignored, also of what names no order', () => {
    for (const type of ['customer.created', 'payment_intent.payment_failed', 'charge.succeeded', 'v3.anything'])
      expect(read(type, {})).toEqual({ kind: 'ignored' });
    for (const metadata of [{}, null, undefined, { cart: '17' }])
      expect(read('payment_intent.succeeded', intent({ metadata }))).toEqual({ kind: 'ignored' });
  });

  it('that is not what Stripe sends is refused', () => {
    const broken: [string, Object][] = [
      ['payment_intent.succeeded', {}],
      ['payment_intent.succeeded', intent({ amount_received: 1.5 })],
      ['payment_intent.succeeded', intent({ amount_received: -1 })],
      ['payment_intent.succeeded', intent({ metadata: { orderId: 7 } })],
      ['charge.refunded', charge({ amount_refunded: '1900' })],
    ];
    for (const [type, object] of broken)
      expect(() => read(type, object)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    for (const text of ['', '{', '\ufeff{}x'])
      expect(() => stripe.read(signed(Buffer.from(text)))).toThrow(expect.objectContaining({ code: 'malformed_json' }));
    const notText = signed(Buffer.from([0x22, 0xff, 0x22]));
    expect(() => stripe.read(notText)).toThrow(expect.objectContaining({ code: 'malformed_json' }));
  });
});

describe('an amount', () => {
  const of = (currency: string, minor: number) =>
    read('payment_intent.succeeded', intent({ currency, amount_received: minor }));

  // Stripe's minor units, and those of ISO 4217.
  it.each([
    ['eur', 1_050, 1_050],
    ['jpy', 500, 500],
    ['krw', 500, 500],
    ['kwd', 5_120, 5_120],
    ['bhd', 10, 10],
    ['isk', 500, 5],
    ['ugx', 100, 1],
    ['mga', 500, 50_000],
    ['huf', 1_045, 1_045],
  ])('in %s of %i is %i here', (currency, minor, here) => {
    expect(of(currency, minor)).toMatchObject({ amount: { amount: here, currency: currency.toUpperCase() } });
  });

  it('that is no amount of its currency is refused, and so is what is no currency', () => {
    expect(() => of('isk', 550)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    expect(() => of('xyz', 500)).toThrow(expect.objectContaining({ code: 'wrong_currency' }));
  });
});

it('a secret is that of an endpoint', () => {
  stripe.assertSecret(secret);
  for (const wrong of ['', 'whsec_', 'whsec_short', 'sk_live_3fPq8mZx1Lw9TfRb5Yh2Nc7J', `${secret} `])
    expect(() => stripe.assertSecret(wrong)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
});
