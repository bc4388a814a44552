// The steps of a reconciliation, what orders and reservations say of each other, and the schedule.
import { describe, expect, it } from 'vitest';
import { differencesMax, suspectsMax } from '../limits.ts';
import { type Difference, differenceOfOrder, differenceOfReservation, type OrderFacts } from './difference.ts';
import { afterConfirming, afterPage, newReconciliation, postponed, type Suspect } from './reconciliation.ts';
import { scheduledId } from './schedule.ts';

const now = new Date('2026-01-02T03:04:05.678Z');
const later = (ms: number) => new Date(now.getTime() + ms);
const times = { now, confirmAfterMs: 30_000, leaseMs: 1_000 };
const start = newReconciliation({ id: 'rec_1', tenantId: 'ten_a', requestedBy: 'usr_1', creation: {}, slot: 0 }, now);
const drift = (levelId: string, kind: Difference['kind'] = 'level_balance'): Difference => {
  return {
    kind,
    levelId,
    variantId: `var_${levelId}`,
    expected: { onHand: 1 },
    found: { onHand: 2 },
    repairable: true,
  };
};
const page = (found: Difference[], next?: { at: 'orders' }) => ({ checked: { levels: 2, movements: 5 }, found, next });

describe('a reconciliation', () => {
  it('without suspects is done at once; with some it checks again, half a minute later', () => {
    const clean = afterPage(afterPage(start, page([], { at: 'orders' }), times), page([]), times);
    expect(clean).toMatchObject({ step: { at: 'confirm' }, dueAt: now, checked: { levels: 4, movements: 10 } });
    const { after, events } = afterConfirming(clean, { suspects: [], found: [] }, { ...times, cause: {} });
    expect([after.status, after.dueAt, events]).toEqual(['done', undefined, []]);
    expect(afterPage(start, page([drift('a')]), times)).toMatchObject({ dueAt: later(30_000), lookedAt: now });
  });

  it('tells only what it has seen twice, once, and announces it', () => {
    const looked = afterPage(
      afterPage(start, page([drift('a'), drift('b')], { at: 'orders' }), times),
      page([drift('a')]),
      times,
    );
    expect(looked.suspects.map(({ levelId }) => levelId)).toEqual(['a', 'b']);
    const again = { suspects: looked.suspects, found: [drift('a'), drift('c'), drift('b', 'ledger_gap')] };
    const { after, events } = afterConfirming(looked, again, { ...times, cause: {} });
    expect(after).toMatchObject({ status: 'done', differenceCount: 1, differences: [drift('a')], suspects: [] });
    expect(events).toMatchObject([{ type: 'com.holdfast.reconciliation.drift_found.v1', data: { count: 1 } }]);
  });

  it('is bounded: it breaks off a first look that suspects everything, keeps some differences and counts all', () => {
    const many = Array.from({ length: suspectsMax + 1 }, (_, n) => drift(`l${n}`));
    let state = afterPage(start, page(many, { at: 'orders' }), times);
    expect(state).toMatchObject({ isComplete: false, step: { at: 'confirm' } });
    expect(state.suspects).toHaveLength(suspectsMax);
    const half = suspectsMax / 2;
    for (const from of [0, half]) {
      const suspects: readonly Suspect[] = state.suspects.slice(from, from + half);
      const found = many.slice(from, from + half);
      state = afterConfirming(state, { suspects, found }, { ...times, cause: {} }).after;
    }
    expect(state).toMatchObject({ status: 'done', differenceCount: suspectsMax });
    expect(state.differences).toHaveLength(differencesMax);
  });

  it('that cannot go on is tried again, and fails in the end', () => {
    const facts = { now, afterMs: 500, failure: 'orders is down', attemptsMax: 2 };
    const once = postponed(start, facts);
    expect(once).toMatchObject({ status: 'running', attempts: 1, dueAt: later(500) });
    expect(afterPage(once, page([]), times).attempts).toBe(0);
    expect(postponed(once, facts)).toMatchObject({ status: 'failed', failure: 'orders is down', dueAt: undefined });
  });
});

const lines = [{ variantId: 'v1', quantity: 2 }];
const order = (demand: OrderFacts['demand'], request = 1): OrderFacts => ({ id: 'ord_1', request, demand, lines });
const reservation = (state: 'held' | 'released' | 'rejected', request = 1, quantity = 2) =>
  ({ id: 'ord_1', state, request, allocations: [{ variantId: 'v1', locationId: 'l1', quantity }] }) as never;

describe('an order and its reservation', () => {
  it.each([
    ['both hold the same', reservation('held'), order('holds'), undefined, undefined],
    ['the order is being decided', reservation('held'), order('pending', 2), undefined, undefined],
    ['the order has ended', reservation('held'), order('none', 2), 'reservation_of_ended_order', true],
    ['nobody knows the order', reservation('held'), undefined, 'reservation_without_order', true],
    ['other requests', reservation('held', 3), order('holds'), 'request_differs', false],
    ['other quantities', reservation('held', 1, 1), order('holds'), 'request_differs', false],
  ])('a held one: %s', (_name, held, known, kind, repairable) => {
    const found = differenceOfReservation(held, known);
    expect([found?.kind, found?.repairable]).toEqual([kind, repairable]);
  });

  it.each([
    ['the same is held', order('holds'), reservation('held'), undefined],
    ['there is none', order('holds'), undefined, 'order_without_reservation'],
    ['it was released', order('holds'), reservation('released'), 'order_without_reservation'],
    ['the order demands nothing', order('none'), undefined, undefined],
    ['the order is being decided', order('pending'), undefined, undefined],
  ])('an order: %s', (_name, known, stored, kind) => {
    expect(differenceOfOrder(known, stored)?.kind).toBe(kind);
  });
});

describe('the schedule', () => {
  const day = 86_400_000;
  const policy = { periodMs: day, lateMs: day / 12 };
  const idsOf = (tenantId: string, days: number) => {
    const hours = Array.from({ length: 24 * days }, (_, n) => later(n * 3_600_000));
    return hours.flatMap((at) => scheduledId(tenantId, at, policy) ?? []);
  };

  it('has one of a business a day, whoever looks however often', () => {
    for (const tenantId of ['ten_a', 'ten_b', 'ten_c']) {
      const ids = new Set(idsOf(tenantId, 5));
      expect(ids.size).toBeGreaterThanOrEqual(5);
      expect(ids.size).toBeLessThanOrEqual(6);
    }
    expect(idsOf('ten_a', 1)).not.toEqual(idsOf('ten_b', 1));
  });

  it('spreads businesses over the day, and starts none that is long overdue', () => {
    const due = Array.from({ length: 240 }, (_, n) => scheduledId(`ten_${n}`, now, policy)).filter(Boolean);
    expect(due.length).toBeGreaterThan(5);
    expect(due.length).toBeLessThan(50);
    expect(scheduledId('ten_a', now, { periodMs: 0, lateMs: 1 })).toBeUndefined();
  });
});
