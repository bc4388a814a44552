// What is known of the variants that customers follow.
import { expect, it } from 'vitest';
import { createForSale } from './for-sale.ts';
import { variantCustomerRoom } from './rooms.ts';

const state = (version: number, forSale: boolean) => ({ id: 'var_1', tenantId: 'ten_1', version, forSale });
const room = variantCustomerRoom('ten_1', 'var_1');

function setUp(stored: ReturnType<typeof state>[] = []) {
  const rooms = new Set([room]);
  let meanwhile = () => {};
  const forSale = createForSale({
    async read() {
      meanwhile();
      return stored;
    },
    hasListeners: (one) => rooms.has(one),
  });
  return {
    forSale,
    rooms,
    isForSale: () => forSale.isForSale('ten_1', 'var_1'),
    follow: () => forSale.follow('ten_1', ['var_1']),
    whileReading: (work: () => void) => {
      meanwhile = work;
    },
  };
}

it('nothing is for sale until it is known to be', async () => {
  const { forSale, follow, isForSale } = setUp();
  forSale.onVariant(state(1, true));
  expect(isForSale()).toBe(false);
  await follow();
  expect(isForSale()).toBe(false);
  forSale.onVariant(state(2, true));
  expect(isForSale()).toBe(true);
  expect(forSale.isForSale('ten_2', 'var_1')).toBe(false);
});

it('what was stored before counts, and what the log brings later; never an older state', async () => {
  const { forSale, follow, isForSale } = setUp([state(3, true)]);
  await follow();
  expect(isForSale()).toBe(true);
  forSale.onVariant(state(2, false));
  expect(isForSale()).toBe(true);
  forSale.onVariant(state(4, false));
  expect(isForSale()).toBe(false);
});

it('a change that the log brings while the store is read is not taken back', async () => {
  const { forSale, follow, isForSale, whileReading } = setUp([state(3, true)]);
  whileReading(() => forSale.onVariant(state(4, false)));
  await follow();
  expect(isForSale()).toBe(false);
});

it('is forgotten with the last listener, also with one that leaves while the store is read', async () => {
  const { forSale, follow, isForSale, rooms, whileReading } = setUp([state(3, true)]);
  await follow();
  forSale.forget(room);
  expect(isForSale()).toBe(false);
  whileReading(() => {
    rooms.delete(room);
    forSale.forget(room);
  });
  await follow();
  expect(isForSale()).toBe(false);
});
