// Support for tests of payments: a business whose orders have to be paid before they are confirmed. The test plays
// inventory and the clock.
import { randomUUID } from 'node:crypto';
import { makeEvent, tenantUpdated } from '@holdfast/shared/contracts';
import { silentLog, stampNow, systemClock } from '@holdfast/shared/values';
import { createOrderChanges } from '../orders/change-order.ts';
import { clockIn, openFixture, type Sending, type Settings } from '../orders.fixture.ts';
import { expireOrders } from './expire-orders.job.ts';

export type Amount = { amount: number; currency: string };
/** The money of an order, as the API shows it. */
export type ShownPayment = {
  status: string;
  captured: Amount;
  refunded: Amount;
  refundDue: Amount;
  expiresAt?: string;
};
export const eur = (amount: number): Amount => ({ amount, currency: 'EUR' });
export const money = (body: Record<string, unknown>) => body.payment as ShownPayment;
export const staff = { role: 'SUPPORT', userId: 'usr_s' } as const;
export const windowMs = 600_000;

export type PaymentsFixture = Awaited<ReturnType<typeof openPaymentsFixture>>;

/** Every order costs 5.00 EUR, and waits ten minutes for its payment. */
export async function openPaymentsFixture(settings: Settings = {}) {
  const fixture = await openFixture(settings);
  const { tenantId, deps, send } = fixture;
  const policy = { paymentPolicy: 'before_confirm', paymentWindowSeconds: windowMs / 1_000 } as const;
  const data = { tenantId, slug: 'shop', currency: 'EUR', timeZone: 'UTC', settings: policy };
  await fixture.deliver(makeEvent(tenantUpdated, { tenantId, id: tenantId, version: 9 }, stampNow(systemClock), data));
  return {
    ...fixture,
    /** An order whose line is held. */
    async held(): Promise<string> {
      const { body } = await fixture.place();
      await fixture.deliver(fixture.outcome('held', body.id));
      return body.id;
    },
    read: (id: string, sending: Sending = {}) => send('GET', `/v1/orders/${id}`, sending),
    confirm: (id: string, body: object, { key = randomUUID(), ...sending }: Sending = {}) =>
      send('POST', `/v1/orders/${id}/confirm-payment`, { ...staff, body, key, ...sending }),
    refund: (id: string, body: object, sending: Sending = {}) =>
      send('POST', `/v1/orders/${id}/payments/refunds`, { ...staff, body, ...sending }),
    list: async (path: string, sending: Sending = staff) => (await send('GET', path, sending)).body.data as object[],
    /** The names of what the last change of an order has published. */
    eventsOf: async (id: string): Promise<string[]> =>
      (await fixture.stored(id)).events.map(({ body }) => JSON.parse(body).type.slice('com.holdfast.'.length, -3)),
    /** The sweep of payment windows, this much later; how many expired. */
    expireIn(ms: number): Promise<number> {
      const clock = clockIn(ms);
      return expireOrders({ ...deps.orders, log: silentLog, clock, ...createOrderChanges({ ...deps.orders, clock }) });
    },
  };
}

/** A payment of so many cents. */
export const paid = (amount = 500, reference: string = randomUUID()) => ({ amount: eur(amount), reference });
