// A forced withdrawal of stock that orders hold, through the gateway and every service: the newest orders give it back.
import { randomUUID } from 'node:crypto';
import { until } from '@holdfast/shared/testing';
import { expect, it } from 'vitest';
import { Business, type Order } from './business.ts';

it('cancels the newest orders that hold it, takes the stock, and tells customers no reason', async () => {
  const business = await Business.signUp();
  const customer = await business.registerCustomer();
  const variantId = await business.stockVariant(4);
  const [oldest, second, newest] = [
    (await business.order(variantId, 1)).body,
    (await business.order(variantId, 1)).body,
    (await business.order(variantId, 2, { token: customer.token })).body,
  ];
  const body = { variantId, delta: -3, reason: 'damaged', force: true };
  const key = randomUUID();
  const forced = await business.call('POST', '/v1/adjustments', { key, body });
  expect(forced).toMatchObject({ status: 202, body: { waiting: { orderIds: [newest.id, second.id] } } });
  const read = async () => (await business.call('GET', `/v1/adjustments/${forced.body.id}`)).body;
  await until(async () => (await read()).status === 'APPLIED', { what: 'the withdrawal is applied' });
  expect(await read()).toMatchObject({ onHandAfter: 1 });
  const order = async (id: string, token?: string) =>
    (await business.call<Order>('GET', `/v1/orders/${id}`, token ? { token } : {})).body;
  expect(await order(oldest.id)).toMatchObject({ status: 'CONFIRMED' });
  expect(await order(second.id)).toMatchObject({ status: 'CANCELLED', cancelReason: 'stock_withdrawn' });
  expect(await order(newest.id, customer.token)).toMatchObject({ status: 'CANCELLED', cancelReason: 'cancelled' });
  expect(await business.call('POST', '/v1/adjustments', { key, body })).toMatchObject({ status: 201 });
  expect(await business.checkLedger(variantId)).toMatchObject({ onHand: 1, reserved: 1, available: 0 });
});
