// S11: the lists and the timeline of orders of a business with 10,000 to 1,000,000 of them, all of one customer. What
// is asked for by a filter costs the same whatever lies beside it.
import { numbersPerCopy, seed } from '../platform/large-tenant.ts';
import { type Lists, limitOf, listScenario } from './s8-lists-at-size.ts';

const firstNumber = 1_001;
const ofVariant = (nth: number, variants: readonly string[]) => variants[nth % variants.length]!;
const numberOf = (nth: number, size: number) => {
  const copies = Math.ceil(size / seed.orders);
  return firstNumber + (nth % seed.orders) + ((nth * 7_919) % copies) * numbersPerCopy;
};

const lists: Lists = {
  'all orders': (nth) => `/v1/orders?limit=${limitOf(nth)}`,
  'archived ones, too': (nth) => `/v1/orders?archived=true&limit=${limitOf(nth)}`,
  'orders of a status': (nth) => `/v1/orders?status=CONFIRMED&limit=${limitOf(nth)}`,
  'orders of a variant': (nth, { tenant }) => `/v1/orders?variantId=${ofVariant(nth, tenant.variants)}`,
  'orders of a variant and a status': (nth, { tenant }) =>
    `/v1/orders?variantId=${ofVariant(nth, tenant.variants)}&status=CONFIRMED`,
  'orders of a customer': (nth, { tenant }) => `/v1/orders?customerId=${tenant.customerId}&limit=${limitOf(nth)}`,
  'a customer, own orders': (nth) => `/v1/orders?limit=${limitOf(nth)}`,
  'a customer, own orders of a rare status': (nth) => `/v1/orders?status=CANCELLED&limit=${limitOf(nth)}`,
  'an order by its number': (nth, { size }) => `/v1/orders?q=${numberOf(nth, size)}`,
  'the timeline of an order': (nth, { orderIds }) => `/v1/orders/${orderIds[nth % orderIds.length]}/timeline`,
};

export const s11 = listScenario({
  name: 's11',
  title: 'Orders at size',
  segment: 'S11',
  folder: 'orders',
  lists,
  ofCustomers: ['a customer, own orders', 'a customer, own orders of a rare status'],
  services: ['orders'],
});
