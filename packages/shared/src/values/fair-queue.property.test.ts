// The queue against its promises, under random arrivals, departures and costs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFairQueue, type Ticket } from './fair-queue.ts';

const costMax = 4;
const tenants = ['a', 'b', 'c', 'd'];
const tenant = fc.constantFrom(...tenants);
const cost = fc.integer({ min: 1, max: costMax });

type Item = { id: number; tenant: string; cost: number };
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('push' as const), tenant, cost }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('shift' as const), not: fc.option(tenant) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat() }) },
);

describe('the fair queue', () => {
  it('serves everybody who stays once, in the order of arrival within a tenant, and knows how many wait', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const queue = createFairQueue<Item>();
        const model = new Map<string, Item[]>(tenants.map((name) => [name, []]));
        const tickets: { item: Item; ticket: Ticket }[] = [];
        const waiting = () => [...model.values()].flat();
        const shift = (not: string | null) => {
          const item = queue.shift((name) => name !== not);
          if (item === undefined) return expect(waiting().filter((one) => one.tenant !== not)).toEqual([]);
          expect(item.tenant).not.toBe(not);
          expect(model.get(item.tenant)!.shift()).toBe(item);
        };
        for (const [id, one] of steps.entries()) {
          if (one.kind === 'push') {
            const item = { id, tenant: one.tenant, cost: one.cost };
            model.get(one.tenant)!.push(item);
            tickets.push({ item, ticket: queue.push(item, item) });
          } else if (one.kind === 'shift') shift(one.not);
          else if (tickets.length > 0) {
            const { item, ticket } = tickets[one.which % tickets.length]!;
            const line = model.get(item.tenant)!;
            expect(ticket.leave()).toBe(line.includes(item));
            model.set(
              item.tenant,
              line.filter((other) => other !== item),
            );
          }
          expect(queue.size()).toBe(waiting().length);
          for (const name of tenants) expect(queue.sizeOf(name)).toBe(model.get(name)!.length);
        }
        while (queue.size() > 0) shift(null);
        shift(null);
      }),
    );
  });

  it('gives two tenants that both wait the same, however much either sends', () => {
    fc.assert(
      fc.property(fc.array(cost, { minLength: 1 }), fc.array(cost, { minLength: 1 }), (ofA, ofB) => {
        const queue = createFairQueue<{ tenant: 'a' | 'b'; cost: number }>();
        const served = { a: 0, b: 0 };
        const push = (name: 'a' | 'b') => (own: number) =>
          queue.push({ tenant: name, cost: own }, { tenant: name, cost: own });
        ofA.forEach(push('a'));
        ofB.forEach(push('b'));
        while (queue.sizeOf('a') > 0 && queue.sizeOf('b') > 0) {
          const item = queue.shift()!;
          served[item.tenant] += item.cost;
          expect(Math.abs(served.a - served.b)).toBeLessThanOrEqual(costMax);
        }
      }),
    );
  });

  it('serves a newcomer within one turn of the others, however long their lines are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 50 }), cost, (others, length, own) => {
        const queue = createFairQueue<string>();
        for (let n = 0; n < others; n += 1)
          for (let m = 0; m < length; m += 1) queue.push(`other ${n}`, { tenant: `other ${n}`, cost: 1 });
        queue.push('newcomer', { tenant: 'newcomer', cost: own });
        let before = 0;
        while (queue.shift() !== 'newcomer') before += 1;
        expect(before).toBeLessThanOrEqual(others * own);
      }),
    );
  });
});
