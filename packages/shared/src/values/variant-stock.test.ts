import { expect, it } from 'vitest';
import { createVariantStock, type LevelAt } from './variant-stock.ts';

const at = (locationId: string, onHand: number, reserved: number, version: number): LevelAt => {
  return { locationId, onHand, reserved, available: onHand - reserved, version };
};

it('is what the event says where there is one location', () => {
  const stock = createVariantStock(10);
  expect(stock.add('ten_a', 'v', at('main', 5, 2, 7), undefined)).toEqual({
    onHand: 5,
    reserved: 2,
    available: 3,
    version: 7,
  });
  // Nothing is remembered of it: another level that is told alone is no second one.
  expect(stock.add('ten_a', 'v', at('north', 1, 0, 1), undefined)).toMatchObject({ onHand: 1, version: 1 });
});

it('is the sum over locations, of each the greatest version, whatever the others were thought to be', () => {
  const stock = createVariantStock(10);
  const main = at('main', 3, 0, 4);
  const north = at('north', 5, 0, 2);
  expect(stock.add('ten_a', 'v', at('main', 3, 3, 5), [north])).toMatchObject({ available: 5, version: 7 });
  // Decided at the same time: it has not seen that the other is sold out.
  expect(stock.add('ten_a', 'v', at('north', 5, 5, 3), [main])).toMatchObject({ available: 0, version: 8 });
  expect(stock.add('ten_a', 'v', at('main', 9, 3, 6), undefined)).toMatchObject({ onHand: 14, available: 6 });
  expect(stock.add('ten_b', 'v', at('main', 1, 0, 1), undefined)).toMatchObject({ available: 1 });
});
