// Whole lives of orders against a plain model: whatever orders ask and tell, in whatever batches, with crashes and with
// events that come once more or are re-emitted, stock is what has left and come back, and reservations are what orders
// demand.
import type { DomainEvent } from '@holdfast/shared/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createWorld, type World } from './order-life.fixture.ts';

type Act = { act: string; order: number; pick: number; units: number[]; place: number };

const acts: Readonly<Record<string, (world: World, act: Act) => void>> = {
  place: (world, { order, units }) => world.orders.place(order, units),
  edit: (world, { order, units }) => world.orders.edit(order, units),
  cancel: (world, { order }) => world.orders.cancel(order),
  expire: (world, { order }) => world.orders.expire(order),
  revive: (world, { order }) => world.orders.revive(order),
  ship: (world, { order, units, pick }) => world.orders.ship(order, units, pick),
  rest: (world, { order }) => world.orders.cancelRest(order),
  takeBack: (world, { order, units, place, pick }) => world.orders.takeBack(order, units, { place, isSold: pick > 3 }),
  remind: (world, { order }) => world.orders.remind(order),
  resend: (world, { order }) => world.orders.resend(order),
  repeat: (world, { pick }) => world.repeat(pick),
  crash: (world, { pick }) => world.crash(pick),
  deliver: (world, { pick }) => world.deliver(pick + 1),
  answer: (world, { pick }) => world.answer(pick + 1),
};
const weights: Readonly<Record<string, number>> = { place: 4, ship: 4, deliver: 6, answer: 6, takeBack: 3, rest: 3 };

const act: fc.Arbitrary<Act> = fc.record({
  act: fc.oneof(...Object.keys(acts).map((name) => ({ weight: weights[name] ?? 1, arbitrary: fc.constant(name) }))),
  order: fc.nat({ max: 2 }),
  pick: fc.nat({ max: 12 }),
  units: fc.array(fc.nat({ max: 3 }), { minLength: 2, maxLength: 2, size: 'max' }),
  place: fc.nat({ max: 2 }),
});
const stock = fc.array(fc.nat({ max: 6 }), { minLength: 4, maxLength: 4, size: 'max' });

it('every life of orders keeps stock, ledger and demands right after each step', () => {
  const seen: DomainEvent[] = [];
  fc.assert(
    fc.property(stock, fc.array(act, { maxLength: 100, size: 'max' }), (onHand, all) => {
      const world = createWorld(onHand);
      for (const one of all) {
        acts[one.act]!(world, one);
        world.checkStock();
      }
      world.settle();
      world.checkStock();
      world.checkDemands();
      seen.push(...world.told());
    }),
    { numRuns: 100 },
  );
  // The model has not passed over what it is to look at.
  const types = new Set(seen.map(({ type }) => type.split('.').slice(2, 4).join('.')));
  expect([...types].sort()).toEqual([
    'fulfilment.shipped',
    'order.cancelled',
    'order.edit_requested',
    'order.expired',
    'order.placed',
    'order.rest_cancelled',
    'order.snapshot',
    'return.received',
  ]);
});
