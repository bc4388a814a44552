// The end of payment windows: an order that was not paid in time expires, which gives its stock back.
// Invariant: a payment and the end of the window decide on one version of the order, so that only one of them meets it.
import type { OrderStore } from '../orders/order.store.ts';
import { type OrderSweepDeps, sweepOrders } from '../orders/sweep-due-orders.job.ts';
import { decideExpiry } from './pay.ts';

export type ExpireDeps = OrderSweepDeps & { store: Pick<OrderStore, 'listExpired'> };

/** One bounded pass over orders whose window has ended. Returns how many expired. */
export function expireOrders(deps: ExpireDeps): Promise<number> {
  return sweepOrders(
    {
      list: deps.store.listExpired,
      decide: decideExpiry,
      onChanged: ({ tenantId, id: orderId }) => deps.log.info({ tenantId, orderId }, 'order was not paid in time'),
    },
    deps,
  );
}
