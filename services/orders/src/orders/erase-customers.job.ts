// The personal data in the orders of erased customers goes, in bounded steps. Two passes: the second, over the orders
// since shortly before the erasure, when no request of before can still be placing one.
// Invariant: a customer stays due until every order was looked at, however often that is interrupted.
import { isConflict } from '@holdfast/shared/errors';
import { asTenant } from '@holdfast/shared/persistence';
import type { Clock, Log } from '@holdfast/shared/values';
import { erasedCustomersMax, erasedOrdersMax, erasureSettleMs } from '../limits.ts';
import type { CustomerState, CustomerStore } from '../projections/customers.store.ts';
import type { ChangeOrders } from './change-order.ts';
import { decideErasure } from './erasure.ts';
import { type OrderStore, orders as orderCollection } from './order.store.ts';

export type EraseCustomersDeps = {
  customers: Pick<CustomerStore, 'erasureDue' | 'noteErasure'>;
  store: Pick<OrderStore, 'list'>;
  changeOrders: ChangeOrders;
  clock: Clock;
  log: Log;
};

/** One bounded step for each customer that is due; the next run goes on. */
export async function eraseCustomers(deps: EraseCustomersDeps): Promise<void> {
  for (const customer of await deps.customers.erasureDue(deps.clock.now(), erasedCustomersMax)) {
    try {
      await asTenant(customer.tenantId, () => eraseStep(customer, deps));
    } catch (error) {
      // Its orders are being changed by others: the next run finds it due again.
      if (!isConflict(error)) throw error;
    }
  }
}

async function eraseStep(customer: CustomerState, deps: EraseCustomersDeps): Promise<void> {
  const { tenantId, id: customerId, erasedAt, erasureAfter } = customer;
  const settledAt = new Date(erasedAt!.getTime() + erasureSettleMs);
  const isSecondPass = customer.erasureDueAt! >= settledAt;
  const from = isSecondPass ? new Date(erasedAt!.getTime() - erasureSettleMs) : undefined;
  const after = erasureAfter === undefined ? undefined : { sort: erasureAfter, id: '' };
  const page = await deps.store.list({ tenantId, customerId }, { limit: erasedOrdersMax, after, from });
  const changes = page.map(({ id }) => ({ key: { tenantId, id }, decide: decideErasure, cause: {} }));
  const erased = await deps.changeOrders(changes);
  deps.log.info({ tenantId, customerId, erased: erased.length }, 'orders of an erased customer were erased');
  const last = page.at(-1);
  const isMore = page.length === erasedOrdersMax && last !== undefined;
  const next = isMore ? customer.erasureDueAt : isSecondPass ? undefined : settledAt;
  const place = isMore ? String(orderCollection.placeOf(last as never).sort) : undefined;
  await deps.customers.noteErasure(customer, { dueAt: next, after: place });
}
