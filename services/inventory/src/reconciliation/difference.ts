// What a reconciliation can find, and what of it can be repaired. Pure.
// Invariant: a difference has one key, by which a second look recognises it.
import type { differenceKinds } from '@holdfast/shared/contracts';
import type { Reservation } from '../reservations/reservation.ts';
import type { StockLevel } from '../stock/stock-level.ts';
import type { LedgerLook } from './ledger-look.ts';

export type DifferenceKind = (typeof differenceKinds)[number];
export type Facts = Readonly<Record<string, number | string>>;

export type Difference = {
  kind: DifferenceKind;
  variantId?: string;
  locationId?: string;
  levelId?: string;
  orderId?: string;
  expected: Facts;
  found: Facts;
  repairable: boolean;
  /** Why it cannot be repaired. */
  why?: string;
  /** What came of the repair. */
  repair?: 'repaired' | 'gone' | 'asked' | 'failed';
};

/** What orders says of an order: that it has to hold stock, that it need not, or that it is being decided. */
export type OrderFacts = {
  id: string;
  request: number;
  demand: 'holds' | 'none' | 'pending';
  lines: readonly { variantId: string; quantity: number }[];
};

/** By what a second look recognises a difference. */
export function keyOfDifference({ kind, levelId, orderId }: Difference): string {
  return `${kind} ${levelId ?? orderId}`;
}

/** Where a level is not what its ledger and the reservations say. */
export function differencesOfLevel(level: StockLevel, ledger: LedgerLook, held: number): Difference[] {
  const { id: levelId, variantId, locationId, onHand, reserved, sequence } = level;
  const place = { variantId, locationId, levelId };
  const found: Difference[] = [];
  const flaw = flawOf(ledger, held);
  const fix = flaw === undefined ? { repairable: true } : { repairable: false, why: flaw };
  if (ledger.brokenAt !== undefined) {
    const at = { sequence: ledger.brokenAt };
    const why = 'a movement does not follow from the one before, and movements are never changed';
    found.push({ kind: 'ledger_chain', ...place, expected: {}, found: at, repairable: false, why });
  }
  if (ledger.gaps.length > 0) {
    const { from, to } = ledger.gaps[0]!;
    const missing = ledger.gaps.reduce((sum, gap) => sum + gap.to - gap.from + 1, 0);
    found.push({
      kind: 'ledger_gap',
      ...place,
      expected: { movements: sequence },
      found: { missing, from, to },
      ...fix,
    });
  }
  if (onHand !== ledger.onHand || reserved !== ledger.reserved) {
    const expected = { onHand: ledger.onHand, reserved: ledger.reserved };
    found.push({ kind: 'level_balance', ...place, expected, found: { onHand, reserved }, ...fix });
  }
  if (held !== ledger.reserved) {
    found.push({
      kind: 'reserved_sum',
      ...place,
      expected: { reserved: held },
      found: { reserved: ledger.reserved },
      ...fix,
    });
  }
  return found;
}

/** A ledger, or what orders hold, of which there is no level; `level` is what its ledger says that it was. */
export function differencesOfMissing(level: StockLevel, ledger: LedgerLook, held: number): Difference[] {
  const { id: levelId, variantId, locationId } = level;
  const flaw = flawOf(ledger, held);
  const expected = { onHand: ledger.onHand, reserved: held, movements: level.sequence };
  const fix = flaw === undefined ? { repairable: true } : { repairable: false, why: flaw };
  return [{ kind: 'level_missing', variantId, locationId, levelId, expected, found: { levels: 0 }, ...fix }];
}

/** Why the numbers of a level cannot be set right; undefined when they can. */
export function flawOf({ brokenAt, onHand, isTooMuch }: LedgerLook, held: number): string | undefined {
  if (brokenAt !== undefined) return 'the ledger contradicts itself';
  if (isTooMuch) return 'more movements are missing than can be put back';
  if (held > onHand) return 'orders hold more than the ledger has on hand';
  return undefined;
}

/** Where a held reservation is not what its order demands; undefined: it is, or is going to be. */
export function differenceOfReservation(
  { id: orderId, request, allocations }: Reservation,
  order: OrderFacts | undefined,
): Difference | undefined {
  if (order === undefined) {
    return {
      kind: 'reservation_without_order',
      orderId,
      expected: { state: 'none' },
      found: { state: 'held' },
      repairable: true,
    };
  }
  if (order.demand === 'pending') return undefined;
  if (order.demand === 'none') {
    const found = { state: 'held', request };
    const expected = { state: 'released', request: order.request };
    return { kind: 'reservation_of_ended_order', orderId, expected, found, repairable: true };
  }
  const wanted = totals(order.lines);
  const has = totals(allocations);
  if (request === order.request && wanted === has) return undefined;
  const expected = { request: order.request, quantities: wanted };
  const why = 'orders and inventory disagree on what was asked for';
  return { kind: 'request_differs', orderId, expected, found: { request, quantities: has }, repairable: false, why };
}

/** Where an order that holds stock has no reservation that does; undefined: it has. */
export function differenceOfOrder(order: OrderFacts, reservation: Reservation | undefined): Difference | undefined {
  if (order.demand !== 'holds') return undefined;
  if (reservation?.state === 'held') return differenceOfReservation(reservation, order);
  const { id: orderId, request } = order;
  const found = { state: reservation?.state ?? 'none', request: reservation?.request ?? 0 };
  const expected = { state: 'held', request };
  return { kind: 'order_without_reservation', orderId, expected, found, repairable: true };
}

/** Quantities by variant as one text, so that equal ones are equal. */
function totals(lines: OrderFacts['lines']): string {
  const sums = new Map<string, number>();
  for (const { variantId, quantity } of lines) sums.set(variantId, (sums.get(variantId) ?? 0) + quantity);
  const sorted = [...sums].map(([variantId, quantity]) => `${variantId}:${quantity}`).sort();
  return sorted.slice(0, shownMax).join(' ');
}

const shownMax = 100;
