// Notices of a system of the business's own (a bank reconciliation, another provider's glue): JSON that is signed as
// https://www.standardwebhooks.com says. Its `webhook-id` is the event's. Pure.
import { paymentKinds, paymentMinorMax } from '@holdfast/shared/contracts';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { parseNotice, unusableSecret } from './notice.ts';
import type { Headers, Provider } from './provider.ts';

const envelope = z.looseObject({ type: z.string() });
const payment = z.looseObject({
  type: z.string(),
  data: z.looseObject({
    orderId: z.string().min(1).max(64),
    amount: z.looseObject({ amount: z.int().min(1).max(paymentMinorMax), currency: z.string().regex(/^[A-Z]{3}$/) }),
    reference: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/#+-]{0,199}$/),
  }),
});
const kindOf = new Map(paymentKinds.map((kind) => [`payment.${kind}`, kind]));
/** Bytes of a key, as the specification has it. */
const keyBytes = { min: 24, max: 64 };

export const manual: Provider = {
  assertSecret(secret) {
    const [, text = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
    const { length } = Buffer.from(text, 'base64');
    const isWhole = text.length > 0 && text.length % 4 === 0;
    if (isWhole && length >= keyBytes.min && length <= keyBytes.max) return;
    throw unusableSecret(`is whsec_ and ${keyBytes.min} to ${keyBytes.max} bytes in base64`);
  },

  isSigned({ headers, body }, secret) {
    try {
      new Webhook(secret).verify(body.toString(), textsOf(headers), { jsonParse: false });
      return true;
    } catch {
      return false;
    }
  },

  read({ headers, body }) {
    const kind = kindOf.get(parseNotice(body, envelope).type);
    if (kind === undefined) return { kind: 'ignored' };
    const { orderId, amount, reference } = parseNotice(body, payment).data;
    const { currency } = amount;
    return {
      kind,
      eventId: String(headers['webhook-id']),
      orderId,
      amount: { amount: amount.amount, currency },
      reference,
    };
  },
};

function textsOf(headers: Headers): Record<string, string> {
  const signing = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
  return Object.fromEntries(signing.map((name) => [name, String(headers[name] ?? '')]));
}
