// An order as the API shows it, and to whom. Pure.
import type { Auth } from '@holdfast/shared/http';
import { availableForCustomer } from '@holdfast/shared/values';
import { shippedOf } from '../fulfilments/fulfilment.ts';
import { numberText } from '../numbers/number-text.ts';
import { toOrderPaymentAnswer } from '../payments/payment-answer.ts';
import { returnedOf } from '../returns/return.ts';
import { stockWithdrawn } from './cancellation.ts';
import type { ListedOrder } from './order.store.ts';
import type { Order, OrderLine } from './order.ts';

/** A customer sees own orders only; staff see all. */
export function ownerFilter(auth: Auth): string | undefined {
  return auth.permissions.has('orders:read') ? undefined : auth.userId;
}

/**
 * The order as the API shows it, which leaves out what its contract does not name;
 * customers see shortages with capped availability.
 */
export function toResponse(order: ListedOrder, auth: Auth) {
  return {
    ...order,
    lines: linesFor(order),
    shortages: order.shortages.length > 0 ? shortagesFor(order, auth) : undefined,
    cancelReason: reasonFor(order.cancelReason ?? undefined, auth),
    payment: toOrderPaymentAnswer(order),
    pendingEdit: order.edit,
    number: order.number === undefined ? undefined : numberText(order.number),
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  };
}

/** Why a business takes stock back is not for its customers. */
export function reasonFor<Reason extends string | undefined>(reason: Reason, auth: Auth): Reason | 'cancelled' {
  return reason === stockWithdrawn && !auth.permissions.has('orders:read') ? 'cancelled' : reason;
}

export function shortagesFor(order: Pick<Order, 'shortages'>, auth: Auth) {
  if (auth.permissions.has('stock:read')) return order.shortages;
  return order.shortages.map((shortage) => ({ ...shortage, available: availableForCustomer(shortage.available) }));
}

/** With what has left of each line and what came back, once anything has left. */
function linesFor(order: ListedOrder) {
  if (order.fulfilments === undefined) return order.lines;
  const shipped = shippedOf(order);
  const returned = returnedOf(order);
  const of = (counts: ReadonlyMap<string, number>, { variantId }: OrderLine) => counts.get(variantId) ?? 0;
  return order.lines.map((line) => ({ ...line, shipped: of(shipped, line), returned: of(returned, line) }));
}
