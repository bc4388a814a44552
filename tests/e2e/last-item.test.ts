// The last-item rule, through the gateway: for one unit and any number of simultaneous buyers exactly one order is
// confirmed.
import { until } from '@holdfast/shared/testing';
import { expect, it } from 'vitest';
import { Business, type Order } from './business.ts';

const buyerCount = 100;

async function rush(
  business: Business,
  stock: number,
): Promise<{ variantId: string; confirmed: Order[]; elapsedMs: number }> {
  const variantId = await business.stockVariant(stock);
  const startedAt = performance.now();
  const answers = await Promise.all(Array.from({ length: buyerCount }, () => business.order(variantId, 1)));
  const elapsedMs = performance.now() - startedAt;
  const refused = answers.filter((answer) => answer.status === 409);
  expect(
    answers.filter((answer) => answer.status !== 201 && answer.status !== 409).map((answer) => answer.text),
  ).toEqual([]);
  for (const { body, headers } of refused) {
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ code: 'insufficient_stock', shortages: [{ variantId, requested: 1, available: 0 }] });
  }
  expect(refused).toHaveLength(buyerCount - stock);
  const confirmed = answers.filter((answer) => answer.status === 201).map((answer) => answer.body);
  return { variantId, confirmed, elapsedMs };
}

/** onHand and reserved are the sums of the ledger, and reserved is what CONFIRMED orders hold. */
async function checkBooks(business: Business, variantId: string, stock: number): Promise<void> {
  const level = await business.checkLedger(variantId);
  const orders = await business.all<Order>('/v1/orders?status=CONFIRMED');
  const held = orders.flatMap((order) => order.lines).filter((line) => line.variantId === variantId);
  expect(level).toMatchObject({ onHand: stock, reserved: held.reduce((sum, line) => sum + line.quantity, 0) });
}

it('stock 1, 100 buyers at once: exactly one, ten times in a row, each rush within 2 s', async () => {
  const business = await Business.signUp();
  // The first requests of a process compile code and open connections; they are not the rush.
  await business.order(await business.stockVariant(1), 1);
  for (let round = 1; round <= 10; round++) {
    const { variantId, confirmed, elapsedMs } = await rush(business, 1);
    expect(confirmed, `round ${round}`).toHaveLength(1);
    expect(elapsedMs, `round ${round}`).toBeLessThan(2_000);
    await checkBooks(business, variantId, 1);
  }
});

it('stock 10: exactly ten', async () => {
  const business = await Business.signUp();
  const { variantId, confirmed } = await rush(business, 10);
  expect(confirmed).toHaveLength(10);
  await checkBooks(business, variantId, 10);
});

it('a unit that is given back can be sold again, once', async () => {
  const business = await Business.signUp();
  const { variantId, confirmed } = await rush(business, 1);
  const cancelled = await business.call('POST', `/v1/orders/${confirmed[0]!.id}/cancel`);
  expect(cancelled.status).toBe(200);
  await business.untilStock(variantId, ({ reserved }) => reserved === 0);
  // For up to a second an order may still be told that the variant is sold out; nothing is stored for it.
  await until(async () => (await business.order(variantId, 1)).status === 201, { what: 'the unit is sold again' });
  expect((await business.order(variantId, 1)).status).toBe(409);
  await checkBooks(business, variantId, 1);
});
