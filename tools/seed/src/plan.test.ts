// The plans of the demo businesses agree with themselves.
import { accessApi, adjustmentsApi, authApi, catalogApi, ordersApi, roles } from '@holdfast/shared/contracts';
import { describe, expect, it } from 'vitest';
import { electronics } from './electronics.ts';
import { fashion } from './fashion.ts';
import type { Plan, Product } from './plan.ts';

/** Every SKU of a product with its initial stock. */
function skusOf(product: Product): [string, number][] {
  const listed = (product.variants ?? []).map(({ sku = '', initialStock = 0 }): [string, number] => [
    sku,
    initialStock,
  ]);
  let patterns: string[] = product.skuPattern ? [product.skuPattern] : [];
  for (const [option, values] of Object.entries(product.options ?? {})) {
    patterns = patterns.flatMap((pattern) => values.map((value) => pattern.replace(`{${option}}`, value)));
  }
  return [...listed, ...patterns.map((sku): [string, number] => [sku, product.template?.initialStock ?? 0])];
}

const stockOf = (plan: Plan) => new Map(plan.products.flatMap(skusOf));

describe.each([fashion, electronics])('the plan of $name', (plan) => {
  it('fits the contracts', () => {
    const { name, slug, currency, timeZone, password } = plan;
    const owner = { name: plan.owner.name, email: plan.owner.email, password };
    authApi.createTenant.body.parse({ name, slug, currency, timeZone, owner });
    for (const person of plan.staff) accessApi.createUser.body.parse({ ...person, password });
    for (const { name: called, email } of plan.customers) {
      authApi.register.body.parse({ tenant: slug, name: called, email, password });
    }
    for (const product of plan.products) catalogApi.createProduct.body.parse(product);
    for (const { sku: variantId, ...change } of plan.adjustments)
      adjustmentsApi.createAdjustment.body.parse({ variantId, ...change });
    for (const { lines, note } of plan.orders) {
      const body = { lines: lines.map(({ sku: variantId, quantity }) => ({ variantId, quantity })), note };
      expect(ordersApi.placeOrder.body.safeParse(body).success).toBe(true);
    }
  });

  it('has somebody of every role, each address once', () => {
    const everybody = [plan.owner, ...plan.staff, ...plan.customers];
    expect(new Set(everybody.map(({ role }) => role))).toEqual(new Set(roles));
    expect(new Set(everybody.map(({ email }) => email)).size).toBe(everybody.length);
  });

  it('names only what it has: SKUs and people', () => {
    const stock = stockOf(plan);
    const named = [
      plan.exampleSku,
      ...plan.adjustments.map(({ sku }) => sku),
      ...plan.orders.flatMap(({ lines }) => lines.map(({ sku }) => sku)),
    ];
    expect(named.filter((sku) => !stock.has(sku))).toEqual([]);
    const placing = new Set([...plan.staff, ...plan.customers].map(({ email }) => email));
    expect(plan.orders.filter(({ by }) => !placing.has(by))).toEqual([]);
    expect(new Set(plan.orders.map(({ ref }) => ref)).size).toBe(plan.orders.length);
  });

  it('asks for more than there is exactly where it means to be refused', () => {
    const stock = stockOf(plan);
    for (const { sku, delta } of plan.adjustments) stock.set(sku, stock.get(sku)! + delta);
    for (const { lines, outcome, ref } of plan.orders) {
      const isEnough = lines.every(({ sku, quantity }) => stock.get(sku)! >= quantity);
      expect(isEnough, ref).toBe(outcome !== 'refused');
      if (!outcome) for (const { sku, quantity } of lines) stock.set(sku, stock.get(sku)! - quantity);
    }
  });
});

it('shows a fashion shop with matrices of 3 by 3', () => {
  const matrices = fashion.products.filter(({ options }) => options);
  expect(matrices.length).toBeGreaterThanOrEqual(3);
  for (const product of matrices) expect(skusOf(product)).toHaveLength(9);
});
