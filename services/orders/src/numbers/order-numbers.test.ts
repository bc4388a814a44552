import { createManualClock } from '@holdfast/shared/testing';
import { describe, expect, it } from 'vitest';
import { numberBlockMax, numberBlockMs } from '../limits.ts';
import { numberOf, numberText } from './number-text.ts';
import { createOrderNumbers } from './order-numbers.ts';

/** A counter as the database has it, which notes how many were taken at once. */
function counterOf() {
  let taken = 0;
  const blocks: number[] = [];
  return {
    blocks,
    async take(_tenantId: string, count: number) {
      blocks.push(count);
      taken += count;
      return 1_001 + taken - count;
    },
  };
}
const setup = () => {
  const counters = counterOf();
  const clock = createManualClock();
  return { counters, clock, numbers: createOrderNumbers({ counters, clock }) };
};
const tenant = 'ten_a';

describe('the numbers of orders', () => {
  it('of a quiet business are taken one by one: nothing is lost', async () => {
    const { counters, clock, numbers } = setup();
    const given: number[] = [];
    for (let order = 0; order < 5; order++) {
      given.push(await numbers.take(tenant));
      await clock.advance(20 * numberBlockMs);
    }
    expect(given).toEqual([1_001, 1_002, 1_003, 1_004, 1_005]);
    expect(counters.blocks).toEqual([1, 1, 1, 1, 1]);
  });

  it('of a busy one come in larger and larger blocks, in order, each once', async () => {
    const { counters, numbers } = setup();
    const given: number[] = [];
    for (let order = 0; order < 5_000; order++) given.push(await numbers.take(tenant));
    expect(given).toEqual(given.map((_, n) => 1_001 + n));
    expect(counters.blocks.length).toBeLessThan(20);
    expect(Math.max(...counters.blocks)).toBe(numberBlockMax);
  });

  it('are fewer at once again when the rush is over', async () => {
    const { counters, clock, numbers } = setup();
    for (let order = 0; order < 100; order++) await numbers.take(tenant);
    await clock.advance(20 * numberBlockMs);
    for (let order = 0; order < 200 && counters.blocks.at(-1) !== 1; order++) await numbers.take(tenant);
    expect(counters.blocks.at(-1)).toBe(1);
  });

  it('that many ask for at once are taken together', async () => {
    const { counters, numbers } = setup();
    const given = await Promise.all(Array.from({ length: 300 }, () => numbers.take(tenant)));
    expect(new Set(given).size).toBe(300);
    expect(counters.blocks.length).toBeLessThan(6);
  });

  it('that were given back are given out next, the lowest first', async () => {
    const { numbers } = setup();
    for (let order = 0; order < 3; order++) await numbers.take(tenant);
    numbers.giveBack(tenant, 1_003);
    numbers.giveBack(tenant, 1_002);
    numbers.giveBack(tenant, undefined);
    expect([await numbers.take(tenant), await numbers.take(tenant)]).toEqual([1_002, 1_003]);
  });

  it('are not to be had while the counter is not, and are again afterwards', async () => {
    const counters = counterOf();
    let isDown = true;
    const take = async (tenantId: string, count: number) => {
      if (isDown) throw new Error('no primary');
      return counters.take(tenantId, count);
    };
    const numbers = createOrderNumbers({ counters: { take }, clock: createManualClock() });
    await expect(Promise.all([numbers.take(tenant), numbers.take(tenant)])).rejects.toThrow('no primary');
    isDown = false;
    expect(await numbers.take(tenant)).toBe(1_001);
  });
});

it('a number is written with a #, and read with or without', () => {
  expect(numberText(1_001)).toBe('#1001');
  expect(['#1001', '1001'].map(numberOf)).toEqual([1_001, 1_001]);
  for (const text of ['', '#', '01', '1e3', '-1', '1.5', 'ord_1', '9'.repeat(16), '##1', '# 1'])
    expect(numberOf(text), text).toBeUndefined();
});
