// The orders of a demo business: confirmed, cancelled, and refused for want of stock.
import { ApiProblem } from '@holdfast/sdk';
import { ordersApi } from '@holdfast/shared/contracts';
import { eachOf } from './each-of.ts';
import { atOnce } from './limits.ts';
import type { Plan, PlannedOrder } from './plan.ts';
import type { Members } from './seed-business.ts';

export type People = { members: Members; variants: ReadonlyMap<string, string> };

/** Places the orders of the plan; a customer's own one after the other, those of different people at once. */
export async function placeOrders(plan: Plan, people: People): Promise<void> {
  const byPerson = Map.groupBy(plan.orders, (order) => order.by);
  await eachOf([...byPerson.values()], atOnce, async (orders) => {
    for (const order of orders) await place(plan, order, people);
  });
}

async function place(plan: Plan, order: PlannedOrder, { members, variants }: People): Promise<void> {
  const { client } = members.get(order.by)!;
  const isStaff = plan.staff.some((person) => person.email === order.by);
  const customer = members.get(plan.customers[0]!.email)!;
  const body = {
    lines: order.lines.map(({ sku, quantity }) => ({ variantId: variants.get(sku) ?? sku, quantity })),
    ...(isStaff ? { customerId: customer.userId } : {}),
    ...(order.note ? { note: order.note } : {}),
  };
  try {
    const { id } = await client.call(ordersApi.placeOrder, { body, key: `demo-order-${order.ref}` });
    if (order.outcome !== 'cancelled') return;
    const reason = { reason: 'changed my mind' };
    await client.call(ordersApi.cancelOrder, { params: { id }, body: reason, key: `demo-cancel-${id}` });
  } catch (error) {
    const isShort = error instanceof ApiProblem && error.code === 'insufficient_stock';
    if (order.outcome !== 'refused' || !isShort) throw error;
  }
}
