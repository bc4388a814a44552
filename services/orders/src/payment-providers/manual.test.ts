// Notices of a business's own system, signed by the library of Standard Webhooks.
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { manual } from './manual.ts';

const secret = `whsec_${Buffer.from('a key of thirty-two bytes, no more').toString('base64')}`;
const now = new Date();
const data = { orderId: 'ord_1', amount: { amount: 5_800, currency: 'EUR' }, reference: 'bank-17' };
const notice = (value: unknown, { id = 'msg_1', at = now, key = secret } = {}) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const seconds = String(Math.floor(at.getTime() / 1_000));
  const signature = new Webhook(key).sign(id, at, text);
  const headers = { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature };
  return { headers, body: Buffer.from(text) };
};

describe('the signature', () => {
  it('is over the id, the time and the bytes that came', () => {
    const good = notice({ type: 'payment.captured', data });
    expect(manual.isSigned(good, secret, now)).toBe(true);
    const other = `whsec_${Buffer.from('another key of thirty-two bytes!!').toString('base64')}`;
    expect(manual.isSigned(good, other, now)).toBe(false);
    for (const name of Object.keys(good.headers)) {
      const { [name as 'webhook-id']: _, ...headers } = good.headers;
      expect(manual.isSigned({ ...good, headers }, secret, now)).toBe(false);
    }
    const replayed = { ...good, headers: { ...good.headers, 'webhook-id': 'msg_2' } };
    expect(manual.isSigned(replayed, secret, now)).toBe(false);
    expect(manual.isSigned({ ...good, body: Buffer.from(`${good.body} `) }, secret, now)).toBe(false);
  });

  it('is good for five minutes, and with either of two secrets', () => {
    const body = { type: 'payment.captured', data };
    expect(manual.isSigned(notice(body, { at: new Date(now.getTime() - 310_000) }), secret, now)).toBe(false);
    expect(manual.isSigned(notice(body, { at: new Date(now.getTime() + 310_000) }), secret, now)).toBe(false);
    const good = notice(body);
    const both = `v1,${'A'.repeat(43)}= ${good.headers['webhook-signature']}`;
    expect(manual.isSigned({ ...good, headers: { ...good.headers, 'webhook-signature': both } }, secret, now)).toBe(
      true,
    );
  });
});

describe('a notice', () => {
  it.each(['authorised', 'captured', 'refunded'])('of what was %s', (kind) => {
    const expected = { kind, eventId: 'msg_1', ...data };
    expect(manual.read(notice({ type: `payment.${kind}`, timestamp: 'whenever', data }))).toEqual(expected);
  });

  it('of anything else is ignored', () => {
    expect(manual.read(notice({ type: 'payment.failed', data: {} }))).toEqual({ kind: 'ignored' });
  });

  it('that is none is refused', () => {
    const broken = [
      {},
      { type: 'payment.captured' },
      { type: 'payment.captured', data: { ...data, amount: { amount: 0, currency: 'EUR' } } },
      { type: 'payment.captured', data: { ...data, amount: { amount: 10, currency: 'euro' } } },
      { type: 'payment.captured', data: { ...data, reference: 'Nils Holm' } },
    ];
    for (const value of broken)
      expect(() => manual.read(notice(value))).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    expect(() => manual.read(notice('{'))).toThrow(expect.objectContaining({ code: 'malformed_json' }));
  });
});

it('a secret is whsec_ and 24 to 64 bytes', () => {
  const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
  for (const good of [secret, of(24), of(64)]) manual.assertSecret(good);
  for (const wrong of ['', 'whsec_', of(23), of(65), of(32).slice(6), `${of(32)}=`, 'whsec_not base64 at all'])
    expect(() => manual.assertSecret(wrong)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
});
