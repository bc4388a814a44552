// Whether stock can be taken away, and what of it has to be given back first: pure, over a level and who holds of it.
// Invariant: what waits to be taken is promised to nobody else, and no order is asked for what another one was asked
// for.
import { onHandMax } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { Reservation } from '../reservations/reservation.ts';
import type { StockDocuments } from '../stock/stock-documents.ts';
import { type StockLevel, withheldOf } from '../stock/stock-level.ts';
import { adjustmentKind } from './adjustment.ts';

/** Who holds of a level, as far as is known, newest first. */
export type Holders = readonly Reservation[];

/**
 * The orders that have to give stock back before `difference` can be applied to the level; undefined when it can be at
 * once. Without `holders`, or where they do not hold enough, throws `would_break_reservations`; throws
 * `stock_out_of_range`.
 */
export function ordersToAsk(
  level: StockLevel,
  difference: number,
  { holders, asked }: { holders?: Holders | undefined; asked: ReadonlySet<string> },
): string[] | undefined {
  const withheld = withheldOf(level);
  const onHand = level.onHand + difference;
  if (onHand < 0 || onHand > onHandMax) throw outOfRange(level);
  if (difference >= 0) return undefined;
  const promised = level.reserved + withheld;
  if (promised === 0 || onHand >= promised) return undefined;
  // Nothing that orders could give back would be enough.
  if (holders !== undefined && onHand < withheld) throw outOfRange(level);
  const orderIds = holders && chooseNewest(level, promised - onHand, holders, asked);
  if (orderIds !== undefined) return orderIds;
  const { reserved } = level;
  throw new DomainError('would_break_reservations', { extra: { onHand: level.onHand, reserved } });
}

/** The orders that were asked to give stock of the level back, by what waits for it already. */
export function askedFor({ tenantId, withheld = [] }: StockLevel, documents: StockDocuments): ReadonlySet<string> {
  const waiting = withheld.map(({ adjustmentId: id }) => documents.find(adjustmentKind, { tenantId, id })?.waiting);
  return new Set(waiting.flatMap((one) => one?.orderIds ?? []));
}

function chooseNewest(
  level: StockLevel,
  units: number,
  holders: Holders,
  asked: ReadonlySet<string>,
): string[] | undefined {
  const chosen: string[] = [];
  const mayAsk: { id: string; quantity: number }[] = [];
  let missing = units;
  for (const holder of holders) {
    const quantity = heldOf(level, holder);
    if (asked.has(holder.id)) missing -= quantity;
    else if (quantity > 0) mayAsk.push({ id: holder.id, quantity });
  }
  for (const { id, quantity } of mayAsk) {
    if (missing <= 0) break;
    chosen.push(id);
    missing -= quantity;
  }
  return missing <= 0 ? chosen : undefined;
}

function heldOf({ variantId, locationId }: StockLevel, { state, allocations }: Reservation): number {
  if (state !== 'held') return 0;
  const own = allocations.filter((one) => one.variantId === variantId && one.locationId === locationId);
  return own.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** What is refused as more, or less, than a level can have. */
export const outOfRange = ({ onHand }: StockLevel) => new DomainError('stock_out_of_range', { extra: { onHand } });
