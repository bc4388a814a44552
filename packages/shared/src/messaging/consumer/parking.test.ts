// Given dead letters of aggregates and a read, then what is applied, what is parked, and where the limits stop it.
import { describe, expect, it } from 'vitest';
import type { Item } from './batch.ts';
import { placedOrder } from './consumer.fixture.ts';
import { aggregateKey, countDeadLetters, parkBehind } from './parking.ts';

const domain = 'orders';
const partition = 3;
const limits = { parkedPerAggregateMax: 2, deadLettersMax: 5 };
let n = 0;
const idOf = () => `1700000000-${++n}`;
const keyOf = (subject: string, tenantId = 'a') => aggregateKey({ domain, tenantId, subject });
const entryOf = (subject: string, tenantId = 'a'): Item => {
  const id = idOf();
  const event = { ...placedOrder(tenantId), subject, partitionkey: subject };
  return { domain, partition, id, entry: { domain, partition, id, event }, letter: undefined };
};
const refused = (subject: string): Item => {
  const id = idOf();
  const letter = { domain, partition, entryId: id, tenantId: 'a', subject, event: '', error: 'bad', isParked: false };
  return { domain, partition, id, entry: undefined, letter };
};
const shapeOf = (items: readonly Item[]) =>
  items.map(({ entry, letter }) => (entry ? 'applied' : letter?.isParked ? 'parked' : 'dead'));

describe('parkBehind', () => {
  it('hands the very items back when nothing is parked', () => {
    const items = [entryOf('x'), entryOf('y')];
    expect(parkBehind(items, new Map(), limits).items).toBe(items);
  });

  it('parks what comes after a letter of its aggregate, and only that', () => {
    const items = [entryOf('x'), entryOf('y'), entryOf('x', 'b'), entryOf('x')];
    const { items: put, full } = parkBehind(items, new Map([[keyOf('x'), 1]]), limits);
    expect(shapeOf(put)).toEqual(['parked', 'applied', 'applied', 'parked']);
    expect(put[0]!.letter).toMatchObject({ tenantId: 'a', subject: 'x', error: '' });
    expect(put.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    expect(full).toBeUndefined();
  });

  it('parks behind a letter among the items', () => {
    const { items } = parkBehind([entryOf('x'), refused('x'), entryOf('x'), entryOf('y')], new Map(), limits);
    expect(shapeOf(items)).toEqual(['applied', 'dead', 'parked', 'applied']);
  });

  it('does it twice as well as once', () => {
    const once = parkBehind([refused('x'), entryOf('x')], new Map(), limits).items;
    expect(shapeOf(parkBehind(once, new Map()).items)).toEqual(['dead', 'parked']);
  });

  it('stops before more are parked behind one aggregate than the limit', () => {
    const items = [entryOf('x'), entryOf('y'), entryOf('x'), entryOf('x'), entryOf('y')];
    const { items: put, full } = parkBehind(items, new Map([[keyOf('x'), 1]]), limits);
    expect(shapeOf(put)).toEqual(['parked', 'applied', 'parked']);
    expect(full).toBe(items[3]);
  });

  it('stops before more are parked in all than the limit', () => {
    const blocked = new Map([
      [keyOf('x'), 3],
      [keyOf('y'), 1],
    ]);
    expect(countDeadLetters(blocked)).toBe(4);
    const items = [entryOf('z'), refused('z'), entryOf('y'), entryOf('q')];
    const { items: put, full } = parkBehind(items, blocked, limits);
    expect(shapeOf(put)).toEqual(['applied', 'dead']);
    expect(full).toBe(items[2]);
  });
});
