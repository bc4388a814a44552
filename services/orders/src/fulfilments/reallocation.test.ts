import { describe, expect, it } from 'vitest';
import { a, after, b, confirmed, east, held, main, published, ship } from '../order-in-memory.fixture.ts';
import { type Allocation, atDecision, type Order } from '../orders/order.ts';
import { decideDemand, decideOutcome } from '../orders/placement.ts';
import { heldOf } from './fulfilment.ts';

const now = new Date('2026-01-03T00:00:00Z');
const answer = (order: Order, allocations: Allocation[], request = order.request) =>
  decideOutcome(order, { kind: 'held', request, allocations }, now);
/** An order of which a part has left main, and whose rest is demanded once more. */
function demanded(): Order {
  const half = ship(confirmed(), { lines: [{ variantId: a, quantity: 1 }] });
  return after(half, decideDemand(half, { now, request: half.request })!);
}

describe('what is held elsewhere', () => {
  const moved = [held(a, east, 2), held(b, main, 2)];

  it('leaves from where it is, and what has left stays where it left from', () => {
    const order = demanded();
    const event = answer(order, moved)!;
    const next = after(order, event);
    expect(heldOf(next)).toEqual(moved);
    expect(next.allocations).toEqual([held(a, main, 1), ...moved]);
    expect(ship(next)).toMatchObject({ status: 'SHIPPED', fulfilments: [{}, { lines: moved }] });
    expect(next.timeline).toHaveLength(order.timeline.length);
    expect(atDecision(next).allocations).toEqual(confirmed().allocations);
    expect(published(order, event).map(({ type }) => type)).toEqual(['com.holdfast.order.edited.v1']);
  });

  it('changes nothing where it is known, is of another request, or is not what is outstanding', () => {
    const order = demanded();
    expect(answer(order, heldOf(order))).toBeUndefined();
    expect(answer(order, moved, order.request - 1)).toBeUndefined();
    expect(answer(order, [held(a, east, 3), held(b, main, 2)])).toBeUndefined();
    expect(answer({ ...order, status: 'CANCELLED' }, moved)).toBeUndefined();
    expect(answer(ship(order), moved)).toBeUndefined();
  });
});
