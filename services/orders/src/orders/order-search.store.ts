// Finding orders by what they are about. Invariant: every combination of filters has an index on which it is decided,
// so that a search looks at the orders that it returns and at no others.
import { type OrderStatus, orderStatuses } from '@holdfast/shared/contracts';
import type { Collection, IndexDefinition, PageRange } from '@holdfast/shared/persistence';
import { sortKeyRange } from '@holdfast/shared/values';
import mongoose from 'mongoose';
import type { Order } from './order.ts';

/** What is undefined does not narrow. */
export type OrderFilter = {
  status?: OrderStatus | undefined;
  customerId?: string | undefined;
  variantId?: string | undefined;
  number?: number | undefined;
  /** Also those that are archived. */
  archived: boolean;
};

const byNumber = { tenantId: 1, number: 1 } as const;
const byVariant = {
  tenantId: 1,
  'lines.variantId': 1,
  status: 1,
  isArchived: 1,
  sortKey: -1,
  customerId: 1,
} as const;

export const searchIndexes: readonly IndexDefinition<Order>[] = [
  {
    key: byNumber,
    unique: true,
    partialFilterExpression: { number: { $gt: 0 } },
    serves: 'the order of a number, which is given once in a tenant',
  },
  { key: byVariant, serves: 'the orders of a variant, of a status and a customer (each or any), newest first' },
];

type Orders = Pick<Collection<Order>, 'list' | 'find'>;

export function searchOrders(filter: OrderFilter, range: PageRange, orders: Orders): Promise<Order[]> {
  const { archived, number, variantId, ...fields } = filter;
  const where = { ...fields, ...(archived ? {} : { isArchived: null }) };
  if (number === undefined && variantId === undefined) return orders.list(where, range);
  const place = sortKeyRange({ ...range, after: range.after && String(range.after.sort) });
  const named: Record<string, unknown> = { ...where, ...(place && { sortKey: mongoose.trusted(place) }) };
  const lines = variantId === undefined ? {} : { 'lines.variantId': variantId };
  const { limit } = range;
  const omit = ['timeline', 'payments', 'placed', 'placedMetadata'];
  if (number !== undefined) {
    return orders.find(given({ ...named, ...lines, number }), { sort: { number: 1 }, index: byNumber, limit, omit });
  }
  named.status ??= mongoose.trusted({ $in: [...orderStatuses] });
  if (archived) named.isArchived = mongoose.trusted({ $in: [null, true] });
  return orders.find(given({ ...named, ...lines }), { sort: { sortKey: -1 }, index: byVariant, limit, omit });
}

function given(where: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined));
}
