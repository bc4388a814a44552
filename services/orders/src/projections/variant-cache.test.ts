import { beforeEach, describe, expect, it } from 'vitest';
import { variantCacheMs } from '../limits.ts';
import { createVariantCache, type VariantCache } from './variant-cache.ts';
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
const minute = 60_000;

/** A projection that counts its reads, answers when it is let, and is complete until a moment. */
function openProjection(first: VariantState) {
  const of = { state: first, reads: 0, gate: Promise.resolve(), completeUntilMs: 1_000 as number | undefined };
  const find = async (tenantId: string, ids: readonly string[]) => {
    of.reads += 1;
    const read = of.state;
    await of.gate;
    return new Map(ids.filter((id) => id === 'var_1' && tenantId === 'ten_a').map((id) => [id, read]));
  };
  return { of, find };
}

const clock = { ms: 1_000, now: () => new Date(clock.ms), monotonicMs: () => clock.ms };
let of: ReturnType<typeof openProjection>['of'];
let cache: VariantCache;
beforeEach(() => {
  clock.ms = 1_000;
  const projection = openProjection(state(1, 100));
  of = projection.of;
  cache = createVariantCache({ projection, completeUntilMs: () => of.completeUntilMs, clock });
});

const priceIn = async (tenantId = 'ten_a', ageMsMax = minute) =>
  (await cache.find(tenantId, ['var_1'], ageMsMax)).variants.get('var_1')?.price.amount;

it('reads a variant once, until the catalog changes it', async () => {
  cache.follow();
  expect([await priceIn(), await priceIn(), of.reads]).toEqual([100, 100, 1]);
  of.state = state(2, 200);
  expect(await priceIn()).toBe(100);
  cache.onEvent(changed(2));
  expect([await priceIn(), await priceIn(), of.reads]).toEqual([200, 200, 2]);
});

it('does not keep a state that is older than a change that was seen, whichever came first', async () => {
  cache.follow();
  const { promise, resolve } = Promise.withResolvers<void>();
  of.gate = promise;
  const reading = priceIn();
  cache.onEvent(changed(2));
  resolve();
  expect(await reading).toBe(100);
  // The projection is behind the tail: what it says is used, and read again the next time.
  expect(await priceIn()).toBe(100);
  of.state = state(2, 200);
  expect([await priceIn(), of.reads]).toEqual([200, 3]);
  cache.onEvent(changed(1));
  expect([await priceIn(), of.reads]).toEqual([200, 3]);
});

it('keeps nothing before it follows the catalog, nor what it was reading then', async () => {
  await priceIn();
  const reading = priceIn();
  cache.follow();
  await reading;
  await priceIn();
  expect(of.reads).toBe(3);
});

it('looks up what is missing only, never answers with the variant of another tenant, and forgets after its time', async () => {
  cache.follow();
  await priceIn();
  expect(await priceIn('ten_b')).toBeUndefined();
  expect([...(await cache.find('ten_a', ['var_1', 'var_2'], minute)).variants.keys()]).toEqual(['var_1']);
  expect(of.reads).toBe(3);
  clock.ms += variantCacheMs + 1;
  await priceIn();
  expect(of.reads).toBe(4);
});

describe('how current an answer is', () => {
  const currentAt = async (ids = ['var_1'], ageMsMax = minute) =>
    (await cache.find('ten_a', ids, ageMsMax)).currentAtMs;

  it('is what the projection had when it was read, also of an answer from memory', async () => {
    cache.follow();
    expect(await currentAt()).toBe(1_000);
    of.completeUntilMs = 21_000;
    clock.ms = 22_000;
    expect([await currentAt(), of.reads]).toEqual([1_000, 1]);
    // The oldest of several; one that is unknown is unknown as of now.
    expect(await currentAt(['var_1', 'var_2'])).toBe(1_000);
    expect(await currentAt(['var_2'])).toBe(21_000);
  });

  it('is nothing where it is not known how complete the projection is', async () => {
    of.completeUntilMs = undefined;
    expect(await currentAt()).toBe(0);
  });

  it('becomes better by reading again, where what is kept is too old and the projection is not', async () => {
    cache.follow();
    await priceIn();
    of.completeUntilMs = 11_000;
    clock.ms = 12_000;
    expect([await currentAt(['var_1'], 10_000), of.reads]).toEqual([11_000, 2]);
    expect([await currentAt(['var_1'], 10_000), of.reads]).toEqual([11_000, 2]);
  });

  it('is not made better by reading a projection that stands still', async () => {
    cache.follow();
    await priceIn();
    clock.ms = 50_000;
    expect([await currentAt(['var_1'], 10_000), of.reads]).toEqual([1_000, 1]);
  });
});
