import { expect, it } from 'vitest';
import { knownVariantMs } from '../limits.ts';
import { createKnownVariants } from './known-variants.ts';
import type { VariantState } from './variants.store.ts';

const state = (version: number, amount: number): VariantState => ({
  variantId: 'var_1',
  tenantId: 'ten_a',
  sku: 'A-1',
  name: 'Mug',
  forSale: true,
  version,
  price: { amount, currency: 'EUR' },
});
const changed = (aggregateversion: number, tenantid = 'ten_a') => ({ tenantid, subject: 'var_1', aggregateversion });

/** A projection that counts its reads and answers when it is let. */
function projection(first: VariantState) {
  const of = { state: first, reads: 0, gate: Promise.resolve() };
  const find = async (tenantId: string, ids: string[]) => {
    of.reads += 1;
    const read = of.state;
    await of.gate;
    return new Map(ids.filter((id) => id === 'var_1' && tenantId === 'ten_a').map((id) => [id, read]));
  };
  return { of, find };
}

const clock = { ms: 1_000, now: () => new Date(clock.ms) };

const priceIn = async (variants: ReturnType<typeof createKnownVariants>, tenantId = 'ten_a') =>
  (await variants.find(tenantId, ['var_1'])).get('var_1')?.price.amount;

it('reads a variant once, until the catalog changes it', async () => {
  const { of, find } = projection(state(1, 100));
  const variants = createKnownVariants({ find }, clock);
  variants.follow();
  expect([await priceIn(variants), await priceIn(variants), of.reads]).toEqual([100, 100, 1]);
  of.state = state(2, 200);
  expect(await priceIn(variants)).toBe(100);
  variants.onEvent(changed(2));
  expect([await priceIn(variants), await priceIn(variants), of.reads]).toEqual([200, 200, 2]);
});

it('does not keep a state that is older than a change that was told, whichever came first', async () => {
  const { of, find } = projection(state(1, 100));
  const variants = createKnownVariants({ find }, clock);
  variants.follow();
  const { promise, resolve } = Promise.withResolvers<void>();
  of.gate = promise;
  const reading = priceIn(variants);
  variants.onEvent(changed(2));
  resolve();
  expect(await reading).toBe(100);
  // The projection is behind the tail: what it says is used, and read again the next time.
  expect(await priceIn(variants)).toBe(100);
  of.state = state(2, 200);
  expect([await priceIn(variants), of.reads]).toEqual([200, 3]);
  variants.onEvent(changed(1));
  expect([await priceIn(variants), of.reads]).toEqual([200, 3]);
});

it('keeps nothing before it follows the catalog, nor what it was reading then', async () => {
  const { of, find } = projection(state(1, 100));
  const variants = createKnownVariants({ find }, clock);
  await priceIn(variants);
  const reading = priceIn(variants);
  variants.follow();
  await reading;
  await priceIn(variants);
  expect(of.reads).toBe(3);
});

it('looks up what is missing only, never answers with the variant of another tenant, and forgets after its time', async () => {
  const { of, find } = projection(state(1, 100));
  const variants = createKnownVariants({ find }, clock);
  variants.follow();
  await priceIn(variants);
  expect(await priceIn(variants, 'ten_b')).toBeUndefined();
  expect([...(await variants.find('ten_a', ['var_1', 'var_2'])).keys()]).toEqual(['var_1']);
  expect(of.reads).toBe(3);
  clock.ms += knownVariantMs + 1;
  await priceIn(variants);
  expect(of.reads).toBe(4);
});
