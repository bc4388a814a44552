// An order has the price that the catalog shows, also right after a change, whichever replica takes the order.
import { until } from '@holdfast/shared/testing';
import { expect, it } from 'vitest';
import { Business } from './business.ts';

it('prices orders anew within moments of a change, and sells nothing that was archived', async () => {
  const business = await Business.signUp();
  const variantId = await business.stockVariant(1_000, 1_000);
  const inARow = async (count: number) => {
    const answers = [];
    for (let n = 0; n < count; n += 1) {
      const { status, body } = await business.order(variantId, 1);
      answers.push(status === 201 ? body.total.amount : body.code);
    }
    return new Set(answers);
  };
  expect(await inARow(6)).toEqual(new Set([1_000]));

  for (const amount of [1_200, 900]) {
    const body = { price: { amount, currency: 'EUR' } };
    expect((await business.call('PATCH', `/v1/variants/${variantId}`, { body })).status).toBe(200);
    // Six in a row reach every replica.
    const isNew = async () => [...(await inARow(6))].every((price) => price === amount);
    await until(isNew, { what: `orders have the price ${amount}`, timeoutMs: 2_000 });
    expect(await inARow(10)).toEqual(new Set([amount]));
  }

  expect((await business.call('DELETE', `/v1/variants/${variantId}`)).status).toBeLessThan(300);
  const isGone = async () => [...(await inARow(6))].every((code) => code === 'variant_not_for_sale');
  await until(isGone, { what: 'the archived variant is not sold', timeoutMs: 2_000 });
  expect(await inARow(10)).toEqual(new Set(['variant_not_for_sale']));
});
