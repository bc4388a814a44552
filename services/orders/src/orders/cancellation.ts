// Ending an order before it ships, or what has not left of it: by its customer or staff, or because its stock is taken
// back. Pure.
import type { OrderEvent } from './evolve.ts';
import { assertCan, type Order, transitions } from './order.ts';

/** `isStaff`: may also give up what has not been shipped of an order of which a part has. */
export type CancelCommand = { at: Date; actor: string; reason: string; isStaff?: boolean | undefined };

/** Cancels before shipping, or the rest. Throws `illegal_transition` when the state does not allow it. */
export function decideCancel(order: Order, { isStaff = false, ...command }: CancelCommand): OrderEvent {
  if (isStaff && order.status === 'PARTIALLY_SHIPPED') return { type: 'rest_cancelled', ...command };
  assertCan(order, 'CANCELLED', 'cancelled');
  return { type: 'cancelled', cause: 'requested', ...command };
}

/** Why an order is cancelled whose stock is withdrawn. Customers are not told. */
export const stockWithdrawn = 'stock_withdrawn';

/** Cancels for stock that is withdrawn; undefined when the state does not allow it, or it is too late. */
export function decideWithdrawn(order: Order, { now, before }: { now: Date; before: Date }): OrderEvent | undefined {
  if (now >= before || !transitions[order.status].includes('CANCELLED')) return undefined;
  return { type: 'cancelled', cause: stockWithdrawn, reason: stockWithdrawn, actor: 'system', at: now };
}
