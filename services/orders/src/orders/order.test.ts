import { describe, expect, it } from 'vitest';
import { decideCancel } from './cancellation.ts';
import { decideErasure } from './erasure.ts';
import { evolve } from './evolve.ts';
import { mergeLines, newOrder, priceLines } from './new-order.ts';
import { atDecision, type Order, transitions } from './order.ts';
import { decideDue, decideOutcome } from './placement.ts';

const at = new Date('2026-01-01T00:00:00Z');
const later = (ms: number) => new Date(at.getTime() + ms);
const cap = { variantId: 'var_a', sku: 'CAP', name: 'Cap', price: { amount: 500, currency: 'EUR' }, forSale: true };
const known = new Map([['var_a', cap]]);

function pendingOrder(): Order {
  const { lines, total } = priceLines([{ variantId: 'var_a', quantity: 2 }], known);
  return newOrder({
    id: 'ord_1',
    tenantId: 'ten_1',
    placedBy: 'usr_1',
    customerId: 'usr_1',
    lines,
    total,
    requestHash: 'h',
    entryId: 'tml_1',
    decisionWindowMs: 900_000,
    now: at,
  });
}
const held = (request = 1) => ({
  kind: 'held' as const,
  request,
  allocations: [{ variantId: 'var_a', locationId: 'loc_m', quantity: 2 }],
});
const rejected = (request = 1) => ({
  kind: 'rejected' as const,
  request,
  shortages: [{ variantId: 'var_a', requested: 2, available: 1 }],
});
function confirmed(): Order {
  const order = pendingOrder();
  return evolve(order, decideOutcome(order, held(), later(5))!, { id: 'tml_2' });
}
function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}

describe('placing', () => {
  it('merges lines of one variant', () => {
    expect(
      mergeLines([
        { variantId: 'a', quantity: 1 },
        { variantId: 'b', quantity: 2 },
        { variantId: 'a', quantity: 3 },
      ]),
    ).toEqual([
      { variantId: 'a', quantity: 4 },
      { variantId: 'b', quantity: 2 },
    ]);
  });
  it('refuses more than 100 variants and more than 1,000,000 units of one', () => {
    const lines = Array.from({ length: 101 }, (_, n) => ({ variantId: `v${n}`, quantity: 1 }));
    expect(codeOf(() => mergeLines(lines))).toBe('validation_failed');
    expect(
      codeOf(() =>
        mergeLines([
          { variantId: 'a', quantity: 1_000_000 },
          { variantId: 'a', quantity: 1 },
        ]),
      ),
    ).toBe('validation_failed');
    expect(mergeLines(lines.slice(1))).toHaveLength(100);
  });
  it('snapshots prices and adds them up', () => {
    const order = pendingOrder();
    expect(order.total).toEqual({ amount: 1000, currency: 'EUR' });
    expect(order.lines[0]).toMatchObject({ sku: 'CAP', unitPrice: { amount: 500 }, total: { amount: 1000 } });
    expect(order).toMatchObject({ status: 'PENDING', request: 1, pending: { request: 1 }, version: 1 });
  });
  it('refuses unknown, withdrawn, mixed and immeasurable lines', () => {
    expect(codeOf(() => priceLines([{ variantId: 'x', quantity: 1 }], known))).toBe('unknown_variant');
    expect(
      codeOf(() => priceLines([{ variantId: 'var_a', quantity: 1 }], new Map([['var_a', { ...cap, forSale: false }]]))),
    ).toBe('variant_not_for_sale');
    const dollars = { ...cap, variantId: 'var_b', price: { amount: 1, currency: 'USD' } };
    const both = [
      { variantId: 'var_a', quantity: 1 },
      { variantId: 'var_b', quantity: 1 },
    ];
    expect(
      codeOf(() =>
        priceLines(
          both,
          new Map([
            ['var_a', cap],
            ['var_b', dollars],
          ]),
        ),
      ),
    ).toBe('mixed_currencies');
    const dear = { ...cap, price: { amount: 100_000_000_000, currency: 'EUR' } };
    expect(codeOf(() => priceLines([{ variantId: 'var_a', quantity: 1_000_000 }], new Map([['var_a', dear]])))).toBe(
      'total_too_large',
    );
  });
});

describe('an outcome', () => {
  it('confirms or rejects a pending order', () => {
    expect(confirmed()).toMatchObject({
      status: 'CONFIRMED',
      pending: null,
      dueAt: null,
      version: 2,
      decision: { status: 'CONFIRMED', version: 2 },
    });
    const order = pendingOrder();
    const after = evolve(order, decideOutcome(order, rejected(), later(5))!, { id: 'tml_2' });
    expect(after).toMatchObject({ status: 'REJECTED', shortages: [{ requested: 2, available: 1 }], allocations: [] });
    expect(after.timeline.at(-1)).toMatchObject({ from: 'PENDING', to: 'REJECTED' });
  });
  it('changes nothing twice, and nothing for another request', () => {
    expect(decideOutcome(confirmed(), held(), later(6))).toBeUndefined();
    expect(decideOutcome(pendingOrder(), held(2), later(6))).toBeUndefined();
    const order = pendingOrder();
    const cancelled = evolve(order, decideCancel(order, { at: later(1), actor: 'usr_1', reason: 'no' }), {
      id: 'tml_2',
    });
    expect(decideOutcome(cancelled, held(), later(6))).toBeUndefined();
  });
  it('held after the decision window cancels with the next request', () => {
    const order = pendingOrder();
    const after = evolve(order, decideOutcome(order, held(), later(16 * 60_000))!, { id: 'tml_2' });
    expect(after).toMatchObject({ status: 'CANCELLED', request: 2, decision: { status: 'CANCELLED' } });
  });
});

describe('cancelling', () => {
  it('raises the request, so that inventory lets go', () => {
    const order = confirmed();
    const after = evolve(order, decideCancel(order, { at: later(9), actor: 'usr_1', reason: 'changed my mind' }), {
      id: 'tml_3',
    });
    expect(after).toMatchObject({ status: 'CANCELLED', request: 2, cancelReason: 'changed my mind', version: 3 });
  });
  it('is refused where nothing can follow, with the allowed states', () => {
    const order = pendingOrder();
    const after = evolve(order, decideOutcome(order, rejected(), later(5))!, { id: 'tml_2' });
    expect(codeOf(() => decideCancel(after, { at, actor: 'a', reason: 'r' }))).toBe('illegal_transition');
  });
  it('leaves the placement decision as it was', () => {
    const order = confirmed();
    const after = evolve(order, decideCancel(order, { at: later(9), actor: 'usr_1', reason: 'no' }), { id: 'tml_3' });
    expect(atDecision(after)).toMatchObject({
      status: 'CONFIRMED',
      version: 2,
      cancelReason: null,
      updatedAt: later(5),
    });
  });
});

describe('time', () => {
  const policy = { afterMs: 30_000, countMax: 3 };
  it('asks again three times, then waits for the end of the window', () => {
    let order = pendingOrder();
    for (let n = 1; n <= 3; n++) order = evolve(order, decideDue(order, later(30_000 * n), policy)!, { id: 'unused' });
    expect(order).toMatchObject({
      reminderCount: 3,
      request: 1,
      status: 'PENDING',
      version: 4,
      dueAt: order.decideBefore,
    });
    expect(order.timeline).toHaveLength(1);
    expect(decideDue(order, later(140_000), policy)).toBeUndefined();
  });
  it('gives an undecided order up at the end of its window', () => {
    const order = pendingOrder();
    expect(decideDue(order, order.decideBefore, policy)).toMatchObject({ type: 'cancelled', cause: 'undecided' });
  });
  it('leaves decided orders alone', () => {
    expect(decideDue(confirmed(), later(1e9), policy)).toBeUndefined();
  });
});

it('every state is reachable and every transition leads to a state', () => {
  const seen = new Set(['PENDING']);
  for (const state of seen) for (const next of transitions[state as keyof typeof transitions]) seen.add(next);
  expect([...seen].sort()).toEqual(Object.keys(transitions).sort());
});

describe('erasing a person from an order', () => {
  const address = { name: 'Nils', line1: 'Street 1', city: 'Oslo', country: 'NO' };
  const personal = { shippingAddress: address, note: 'ring', metadata: { gift: true } };

  it.each(Object.entries(personal))('takes the %s away', (field, value) => {
    const order = { ...pendingOrder(), [field]: value };
    const event = decideErasure(order, at)!;
    const after = evolve(order, event, { id: 'tml_2' });
    expect(after[field as 'note']).toBeUndefined();
    expect(after).toMatchObject({ status: 'PENDING', pending: order.pending, version: order.version + 1 });
    expect(decideErasure(after, at)).toBeUndefined();
  });

  it('and the own words of who cancelled, not ours', () => {
    const order = pendingOrder();
    expect(decideErasure(order, at)).toBeUndefined();
    const cancelled = evolve(order, decideCancel(order, { at, actor: 'usr_1', reason: 'I am Nils' }), { id: 'tml_2' });
    const after = evolve(cancelled, decideErasure(cancelled, at)!, { id: 'tml_3' });
    expect(after).toMatchObject({ status: 'CANCELLED', cancelReason: 'erased' });
    expect(after.timeline.map(({ id, reason }) => [id, reason])).toEqual([
      ['tml_1', 'placed'],
      ['tml_2', 'erased'],
    ]);
  });
});
