// Returns over all orders: the rows of a page, and the orders that hold what they stand for.
import { DomainError } from '@holdfast/shared/errors';
import type { PageRange } from '@holdfast/shared/persistence';
import { keyText } from '@holdfast/shared/values';
import type { OrderStore } from '../orders/order.store.ts';
import type { Order } from '../orders/order.ts';
import { type ReadOrderDeps, readVisible } from '../orders/read-order.ts';
import type { ReturnRow, ReturnStore } from './return.store.ts';
import { type Return, returnsOf } from './return.ts';

/** `returned` is undefined only for a row that no order accounts for. */
export type ListedReturn = { row: ReturnRow; order: Order | undefined; returned: Return | undefined };
export type ListReturnsDeps = { returns: Pick<ReturnStore, 'list'>; store: Pick<OrderStore, 'readMany'> };

/** Two commands for a page, however many returns are on it. */
export async function listReturns(
  where: Parameters<ReturnStore['list']>[0],
  range: PageRange,
  { returns, store }: ListReturnsDeps,
): Promise<ListedReturn[]> {
  const rows = await returns.list(where, range);
  if (rows.length === 0) return [];
  const orders = await store.readMany(rows.map(({ tenantId, orderId: id }) => ({ tenantId, id })));
  return rows.map((row) => {
    const order = orders.get(keyText(row.tenantId, row.orderId));
    return { row, order, returned: order && returnsOf(order).find(({ id }) => id === row.id) };
  });
}

export type ReadReturn = { tenantId: string; returnId: string; ownedBy?: string | undefined };

/** One return, if the caller may see its order. Throws not_found. */
export async function readReturn(
  { tenantId, returnId, ownedBy }: ReadReturn,
  deps: { returns: Pick<ReturnStore, 'read'> } & Pick<ReadOrderDeps, 'store'>,
): Promise<{ order: Order; returned: Return }> {
  const row = await deps.returns.read(tenantId, returnId);
  if (row === undefined) throw new DomainError('not_found');
  const order = await readVisible({ tenantId, orderId: row.orderId, ownedBy }, deps);
  const returned = returnsOf(order).find(({ id }) => id === returnId);
  if (returned === undefined) throw new DomainError('not_found');
  return { order, returned };
}
