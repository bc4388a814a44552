// I4: orders and reservations are two sides of one thing, kept by two services that only exchange events.
import type { Reading, Row } from './installation.ts';
import { pendingAgeMaxMs } from './limits.ts';
import { checkMoney, moneyFields, type PaidOrder } from './order-money.ts';
import {
  checkParcels,
  type MovedReservation,
  outstandingOf,
  parcelFields,
  type ShippedOrder,
} from './order-parcels.ts';
import type { Findings } from './violations.ts';

type Line = { variantId: string; quantity: number };
type Order = Row &
  ShippedOrder &
  PaidOrder & {
    status: string;
    request: number;
    pending?: { kind: string } | null;
    allocations: Line[];
    createdAt: Date;
    updatedAt: Date;
  };
type Reservation = Row & MovedReservation & { state: string; request: number; lines: Line[]; allocations: Line[] };

/** The state of the reservation behind each decided order. */
const stateOf: Readonly<Record<string, string>> = {
  AWAITING_PAYMENT: 'held',
  CONFIRMED: 'held',
  PARTIALLY_SHIPPED: 'held',
  SHIPPED: 'consumed',
  DELIVERED: 'consumed',
  REJECTED: 'rejected',
  CANCELLED: 'released',
  EXPIRED: 'released',
};

export type ReservationOptions = {
  /** Orders that exist in a forged event only: inventory answered them, orders never had them. */
  forgedOrders: ReadonlySet<string>;
};

/** Compares every order with its reservation. Returns how many orders there are. */
export async function checkReservations(
  reading: Reading,
  findings: Findings,
  { forgedOrders }: ReservationOptions,
): Promise<number> {
  const reservations = new Map<string, Reservation>();
  for await (const reservation of reading.rows<Reservation>('inventory', 'reservations')) {
    reservations.set(keyOf(reservation), reservation);
  }
  const now = Date.now();
  const known = new Set<string>();
  const dates = { createdAt: 1, updatedAt: 1 };
  const own = { status: 1, tenantId: 1, request: 1, 'pending.kind': 1, ...dates, ...lineFields };
  const projection = { ...own, ...parcelFields, ...moneyFields };
  for await (const order of reading.rows<Order>('orders', 'orders', { projection })) {
    known.add(keyOf(order));
    checkOrder(order, reservations.get(keyOf(order)), now, findings);
  }
  for (const [key, { _id: id, tenantId, state }] of reservations) {
    if (known.has(key) || forgedOrders.has(id)) continue;
    findings.add({ invariant: 'I4', kind: 'reservation.no_order', tenantId, id, detail: `${state} for no order` });
  }
  return known.size;
}

const lineFields = {
  'lines.variantId': 1,
  'lines.quantity': 1,
  'lines.cancelled': 1,
  'allocations.variantId': 1,
  'allocations.quantity': 1,
} as const;

const keyOf = ({ tenantId, _id }: Row) => `${tenantId}\n${_id}`;

function checkOrder(order: Order, reservation: Reservation | undefined, now: number, findings: Findings) {
  const { _id: id, tenantId, status, request, pending } = order;
  const report = (kind: string, detail: string) => findings.add({ invariant: 'I4', kind, tenantId, id, detail });
  checkMoney(order, report);
  if (status === 'PENDING') {
    // A revived order asks long after it was placed.
    const since = pending?.kind === 'revive' ? order.updatedAt : order.createdAt;
    const ageMs = now - since.getTime();
    if (ageMs > pendingAgeMaxMs) report('order.undecided', `pending for ${Math.round(ageMs / 1_000)} s`);
    return;
  }
  if (reservation === undefined) return report('order.no_reservation', `${status} without a reservation`);
  if (reservation.state !== stateOf[status]) {
    return report('order.state', `${status}, but its reservation is ${reservation.state}`);
  }
  checkParcels(order, reservation, report);
  // An edit is on its way: inventory may have decided it or not.
  if (pending) return;
  if (reservation.request !== request) {
    report('order.request', `is at request ${request}, its reservation at ${reservation.request}`);
  }
  if (stateOf[status] !== 'held') return;
  for (const [what, lines, asked] of [
    ['held', reservation.allocations, outstandingOf(order)],
    ['told', order.allocations, order.lines],
  ] as const) {
    const wanted = totals(asked);
    if (totals(lines) !== wanted) report('order.lines', `wants ${wanted}, ${what} ${totals(lines)}`);
  }
}

/** Quantities by variant, in an order of their own, so that equal ones are equal texts. */
function totals(lines: readonly Line[]): string {
  const sums = new Map<string, number>();
  for (const { variantId, quantity } of lines) sums.set(variantId, (sums.get(variantId) ?? 0) + quantity);
  return [...sums]
    .map(([variantId, quantity]) => `${variantId}:${quantity}`)
    .sort()
    .join(' ');
}
