/** The orders of a demo business: confirmed, cancelled, and refused for want of stock. */
import { ordersApi } from '@holdfast/shared/contracts';
import { type Api, eachOf, Refusal } from './api.ts';
import { atOnce } from './limits.ts';
import type { Plan, PlannedOrder } from './plan.ts';
import type { Tokens } from './seed-business.ts';

export type People = { tokens: Tokens; variants: ReadonlyMap<string, string> };

/** Places the orders of the plan; a customer's own one after the other, those of different people at once. */
export async function placeOrders(api: Api, plan: Plan, people: People): Promise<void> {
  const byPerson = Map.groupBy(plan.orders, (order) => order.by);
  await eachOf([...byPerson.values()], atOnce, async (orders) => {
    for (const order of orders) await place(api, plan, order, people);
  });
}

async function place(api: Api, plan: Plan, order: PlannedOrder, { tokens, variants }: People): Promise<void> {
  const by = tokens.get(order.by)!;
  const isStaff = plan.staff.some((person) => person.email === order.by);
  const customer = tokens.get(plan.customers[0]!.email)!;
  const body = {
    lines: order.lines.map(({ sku, quantity }) => ({ variantId: variants.get(sku) ?? sku, quantity })),
    ...(isStaff ? { customerId: customer.userId } : {}),
    ...(order.note ? { note: order.note } : {}),
  };
  const key = `demo-order-${order.ref}`;
  try {
    const { id } = await api.call(ordersApi.placeOrder, { token: by.token, body, key });
    if (order.outcome === 'cancelled') await cancel(api, id, by.token);
  } catch (error) {
    const isPlanned = order.outcome === 'refused' && error instanceof Refusal && error.code === 'insufficient_stock';
    if (!isPlanned) throw error;
  }
}

async function cancel(api: Api, id: string, token: string): Promise<void> {
  await api.call(ordersApi.cancelOrder, {
    token,
    params: { id },
    body: { reason: 'changed my mind' },
    key: `demo-cancel-${id}`,
  });
}
