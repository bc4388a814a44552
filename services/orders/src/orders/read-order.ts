// Reading one order, at once or when it waits for nothing: the decision of its placement or of an edit.
import { DomainError } from '@holdfast/shared/errors';
import type { OrderStore } from './order.store.ts';
import type { Order } from './order.ts';
import { type WaitUntilDeps, waitUntil } from './wait-for-order.ts';

export type VisibleOrder = {
  tenantId: string;
  orderId: string;
  /** Only this customer's orders exist for the caller. */
  ownedBy?: string | undefined;
};
export type ReadOrder = VisibleOrder & {
  /** How long to wait for the decision; 0: not at all. */
  waitMs: number;
  /** Aborts when the client disconnects. */
  gone?: AbortSignal | undefined;
};
export type ReadOrderDeps = WaitUntilDeps;

/** The order; `hasWaited` is false when it was not to, or could not because too many do. Throws not_found. */
export async function readOrder(query: ReadOrder, deps: ReadOrderDeps): Promise<{ order: Order; hasWaited: boolean }> {
  const { tenantId, orderId, waitMs, gone } = query;
  const waiting = { orderId, tenantId, kind: 'read', gone } as const;
  const waiter = waitMs > 0 ? deps.memory.waiters.register(waiting) : undefined;
  try {
    const isSettled = ({ pending }: Order) => pending === null;
    const seen = await readVisible(query, deps);
    const order = await waitUntil(seen, { waiter, waiting, ms: waitMs, isSettled }, deps);
    return { order, hasWaited: waiter !== undefined };
  } finally {
    waiter?.close();
  }
}

/** The order, if the caller may see it. Throws not_found. */
export async function readVisible(
  { tenantId, orderId, ownedBy }: VisibleOrder,
  { store }: { store: Pick<OrderStore, 'read'> },
): Promise<Order> {
  const order = await store.read(tenantId, orderId);
  if (!order || (ownedBy !== undefined && order.customerId !== ownedBy)) throw new DomainError('not_found');
  return order;
}
