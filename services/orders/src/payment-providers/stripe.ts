// Notices of Stripe: https://docs.stripe.com/webhooks. The order is named by `metadata.orderId` of the payment intent,
// which Stripe copies to its charge. Pure.
import { currencyExponent } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { Money } from '@holdfast/shared/values';
import Stripe from 'stripe';
import { z } from 'zod';
import { parseNotice, toleranceSeconds, unusableSecret } from './notice.ts';
import type { Notice, Provider } from './provider.ts';

const amount = z.int().min(0);
/** `null` where Stripe has nothing to say. */
const metadata = z.looseObject({ orderId: z.string().min(1).max(64).optional() }).nullish();
const money = { currency: z.string(), metadata };
const paymentIntent = z.looseObject({ ...money, id: z.string(), amount_received: amount, amount_capturable: amount });
const charge = z.looseObject({
  ...money,
  id: z.string(),
  amount_refunded: amount,
  payment_intent: z.string().nullish(),
});
const envelope = z.looseObject({ id: z.string().min(1), type: z.string() });
const about = <Schema extends z.ZodType>(object: Schema) =>
  z.looseObject({ ...envelope.shape, data: z.looseObject({ object }) });
const ofIntent = about(paymentIntent);
const ofCharge = about(charge);

export const stripe: Provider = {
  assertSecret(secret) {
    if (!/^whsec_[A-Za-z0-9]{16,200}$/.test(secret))
      throw unusableSecret('is not the signing secret of an endpoint at Stripe, which begins with whsec_');
  },

  isSigned({ headers, body }, secret, now) {
    const signature = headers['stripe-signature'];
    if (typeof signature !== 'string') return false;
    try {
      // Only its signature counts here: what it says is read afterwards, by us.
      return Stripe.webhooks.signature!.verifyHeader(
        body,
        signature,
        secret,
        toleranceSeconds,
        undefined,
        now.getTime(),
      );
    } catch {
      return false;
    }
  },

  read({ body }) {
    const { id: eventId, type } = parseNotice(body, envelope);
    switch (type) {
      case 'payment_intent.succeeded': {
        const { object } = parseNotice(body, ofIntent).data;
        return noticeOf('captured', eventId, object, object.amount_received, object.id);
      }
      case 'payment_intent.amount_capturable_updated': {
        const { object } = parseNotice(body, ofIntent).data;
        return noticeOf('authorised', eventId, object, object.amount_capturable, object.id);
      }
      case 'charge.refunded': {
        const { object } = parseNotice(body, ofCharge).data;
        return noticeOf('refunded', eventId, object, object.amount_refunded, object.payment_intent ?? object.id);
      }
      default:
        return { kind: 'ignored' };
    }
  },
};

type Described = { currency: string; metadata?: { orderId?: string | undefined } | null | undefined };

function noticeOf(
  kind: 'authorised' | 'captured' | 'refunded',
  eventId: string,
  { currency, metadata: named }: Described,
  minor: number,
  reference: string,
): Notice {
  const orderId = named?.orderId;
  // An account may take payments for more than its orders here.
  if (orderId === undefined || minor === 0) return { kind: 'ignored' };
  return { kind, eventId, orderId, amount: moneyOf(minor, currency.toUpperCase()), reference };
}

/** Without decimals at Stripe; the rest has two, but for those below. https://docs.stripe.com/currencies */
const zeroDecimal = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
const threeDecimal = new Set('BHD JOD KWD OMR TND'.split(' '));

/** In minor units of ISO 4217, which differ from Stripe's for a few currencies, such as ISK, UGX and MGA. */
function moneyOf(minor: number, currency: string): Money {
  const exponent = currencyExponent(currency);
  if (exponent === undefined) throw new DomainError('wrong_currency', { detail: `${currency} is no currency here.` });
  const theirs = zeroDecimal.has(currency) ? 0 : threeDecimal.has(currency) ? 3 : 2;
  const amountHere = theirs > exponent ? minor / 10 ** (theirs - exponent) : minor * 10 ** (exponent - theirs);
  if (!Number.isSafeInteger(amountHere))
    throw new DomainError('validation_failed', { detail: `${minor} is no amount in ${currency}.` });
  return { amount: amountHere, currency };
}
