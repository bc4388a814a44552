// What leaves in a parcel and what comes back, over levels in memory. Pure.
// Invariants: a parcel takes what is held for it first; however it is held, on hand falls where the parcel left from,
// and the order holds as much less of the variant. A parcel or a return takes effect once.
import { type Cause, derivedId } from '@holdfast/shared/values';
import { parcelsMax, restocksMax } from '../limits.ts';
import { mainLocationIdOf } from '../locations/location.ts';
import { locationKind, prepareLevel } from '../stock/arrivals.ts';
import type { StockBook } from '../stock/stock-book.ts';
import type { StockDocuments } from '../stock/stock-documents.ts';
import { levelIdOf } from '../stock/stock-level.ts';
import {
  type Allocation,
  formerPlaces,
  heldBy,
  type Line,
  type Parcel,
  type Reservation,
  type Restock,
  stateWithoutStock,
} from './reservation.ts';

type Facts = { book: StockBook; documents: StockDocuments; now: Date; cause: Cause };
type Units = { onHand: number; reserved: number };

export const hasLeft = ({ parcels = [] }: Reservation, { id }: Parcel): boolean => parcels.some((one) => one.id === id);
export const isBack = ({ restocks = [] }: Reservation, { id }: Restock): boolean =>
  restocks.some((one) => one.id === id);

/**
 * The reservation after a parcel of it has left. What is not held where it left from is taken from what is available
 * there, and given back where the order holds it instead. Throws where that is not there either: a parcel of units
 * that nobody has is for people to look at.
 */
export function consume(reservation: Reservation, parcel: Parcel, { book, now, cause }: Facts): Reservation {
  const { id: orderId, tenantId, parcels = [] } = reservation;
  if (parcels.length >= parcelsMax) throw new Error(`order ${orderId} has more parcels than ${parcelsMax}`);
  const held = heldBy(reservation);
  const left = withoutParcel(held, parcel);
  const moved = new Map<string, Units>();
  const add = ({ variantId, locationId }: Allocation, onHand: number, reserved: number) => {
    const levelId = levelIdOf(tenantId, variantId, locationId);
    const units = moved.get(levelId) ?? { onHand: 0, reserved: 0 };
    moved.set(levelId, { onHand: units.onHand + onHand, reserved: units.reserved + reserved });
  };
  for (const line of parcel.lines) add(line, -line.quantity, 0);
  for (const one of held) add(one, 0, -one.quantity);
  for (const one of left) add(one, 0, one.quantity);
  for (const [levelId, { onHand, reserved }] of moved) {
    if (onHand === 0 && reserved === 0) continue;
    const posting = {
      movementId: derivedId('mov', tenantId, parcel.id, levelId),
      kind: onHand === 0 ? ('release' as const) : ('shipment' as const),
      onHandDelta: onHand,
      reservedDelta: reserved,
      reason: onHand === 0 ? 'shipped_elsewhere' : 'order_shipped',
      actor: 'service:orders',
      reference: { type: 'order' as const, id: orderId },
    };
    book.post(levelId, posting, cause);
  }
  const after = { ...reservation, parcels: [...parcels, parcel], updatedAt: now, version: reservation.version + 1 };
  // What a release gave back is still what its outcome tells.
  if (reservation.state !== 'held') return { ...after, state: 'consumed' };
  const former = formerPlaces(reservation, left);
  const state = left.length > 0 ? 'held' : stateWithoutStock(after);
  const lines = lessUnits(reservation.lines, unitsOf(held), unitsOf(left));
  return { ...after, ...(former && { former }), state, lines, allocations: left };
}

/** What is held after a parcel: at its own places first, then anywhere. */
function withoutParcel(held: readonly Allocation[], parcel: Parcel): Allocation[] {
  const open = parcel.lines.map((line) => ({ ...line }));
  const take = (from: readonly Allocation[], isFrom: (line: Allocation, one: Allocation) => boolean) =>
    from.map((one) => {
      let { quantity } = one;
      for (const line of open) {
        if (line.variantId !== one.variantId || !isFrom(line, one)) continue;
        const units = Math.min(line.quantity, quantity);
        line.quantity -= units;
        quantity -= units;
      }
      return { ...one, quantity };
    });
  const own = take(held, (line, one) => line.locationId === one.locationId);
  return take(own, () => true).filter(({ quantity }) => quantity > 0);
}

function unitsOf(allocations: readonly Allocation[]): Map<string, number> {
  const units = new Map<string, number>();
  for (const { variantId, quantity } of allocations) units.set(variantId, (units.get(variantId) ?? 0) + quantity);
  return units;
}

function lessUnits(lines: readonly Line[], before: Map<string, number>, after: Map<string, number>): Line[] {
  return lines.flatMap(({ variantId, quantity }) => {
    const rest = quantity - (before.get(variantId) ?? 0) + (after.get(variantId) ?? 0);
    return rest > 0 ? [{ variantId, quantity: rest }] : [];
  });
}

/**
 * The reservation after a return, whose units are on hand again. What was to come to a location that is gone lies at
 * the main one: it is there, and somebody has to find it.
 */
export function restock(reservation: Reservation, restocked: Restock, facts: Facts): Reservation {
  const { id: orderId, tenantId, restocks = [] } = reservation;
  if (restocks.length >= restocksMax) throw new Error(`order ${orderId} has more returns than ${restocksMax}`);
  const lines: Allocation[] = [];
  for (const line of restocked.lines) {
    const locationId = placeOf(tenantId, line, facts);
    const at = lines.find((one) => one.variantId === line.variantId && one.locationId === locationId);
    if (at) at.quantity += line.quantity;
    else lines.push({ ...line, locationId });
  }
  for (const { variantId, locationId, quantity } of lines) {
    const levelId = levelIdOf(tenantId, variantId, locationId);
    const posting = {
      movementId: derivedId('mov', tenantId, restocked.id, levelId),
      kind: 'return' as const,
      onHandDelta: quantity,
      reservedDelta: 0,
      reason: 'returned',
      actor: 'service:orders',
      reference: { type: 'order' as const, id: orderId },
    };
    facts.book.post(levelId, posting, facts.cause);
  }
  return { ...reservation, restocks: [...restocks, { id: restocked.id, lines }], updatedAt: facts.now };
}

function placeOf(tenantId: string, { variantId, locationId }: Allocation, { book, documents }: Facts): string {
  const mainId = mainLocationIdOf(tenantId);
  const location = documents.find(locationKind, { tenantId, id: locationId });
  if (locationId === mainId || location?.deletedAt !== null) return mainId;
  prepareLevel({ tenantId, variantId, locationId }, book, documents);
  return locationId;
}
