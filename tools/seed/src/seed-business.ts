/**
 * Loads one demo business through the public API.
 * Invariant: every write carries a key that comes from the plan, so a run that was cut off is completed by the next one
 * and a run on a complete demo writes nothing.
 */
import { authApi, catalogApi, inventoryApi, ordersApi } from '@holdfast/shared/contracts';
import { type Api, eachOf, Refusal } from './api.ts';
import { atOnce, ordersReadMax } from './limits.ts';
import { placeOrders } from './place-orders.ts';
import type { Person, Plan } from './plan.ts';

export type Tell = (line: string) => void;
/** By e-mail address. */
export type Tokens = Map<string, { token: string; userId: string }>;

/** Loads what is missing; returns the variant that the example buys. */
export async function seedBusiness(api: Api, plan: Plan, tell: Tell): Promise<{ exampleVariantId: string }> {
  const token = await signInOwner(api, plan);
  const orders = await api.call(ordersApi.listOrders, { token, query: { limit: String(ordersReadMax) } });
  // The orders come last. A refused one need not be stored.
  const expected = plan.orders.filter((order) => order.outcome !== 'refused').length;
  if (orders.data.length >= expected) {
    tell(`${plan.name}: complete since an earlier start`);
  } else {
    await load(api, plan, token, tell);
  }
  const { data } = await api.call(catalogApi.listVariants, { token, query: { sku: plan.exampleSku } });
  if (!data[0]) throw new Error(`${plan.exampleSku} is missing`);
  return { exampleVariantId: data[0].id };
}

async function load(api: Api, plan: Plan, owner: string, tell: Tell): Promise<void> {
  tell(`${plan.name}: products`);
  const variants = await createProducts(api, plan, owner);
  tell(`${plan.name}: ${variants.size} variants, ${plan.staff.length} of staff, ${plan.customers.length} customers`);
  await eachOf(plan.staff, atOnce, (person) => employ(api, plan, person, owner));
  const tokens: Tokens = new Map();
  await eachOf(plan.customers, atOnce, async (person) => {
    tokens.set(person.email, await signInCustomer(api, plan, person));
  });
  const placing = new Set(plan.orders.map((order) => order.by));
  await eachOf(
    plan.staff.filter((person) => placing.has(person.email)),
    atOnce,
    async (person) => {
      tokens.set(person.email, await signIn(api, plan, person));
    },
  );
  await adjust(api, plan, { owner, variants });
  tell(`${plan.name}: ${plan.orders.length} orders`);
  await placeOrders(api, plan, { tokens, variants });
  tell(`${plan.name}: done`);
}

async function signInOwner(api: Api, plan: Plan): Promise<string> {
  try {
    return (await signIn(api, plan, plan.owner)).token;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'invalid_credentials') throw error;
  }
  const { name, slug, currency, timeZone, password } = plan;
  const owner = { name: plan.owner.name, email: plan.owner.email, password };
  const body = { name, slug, currency, timeZone, owner };
  return (await api.call(authApi.createTenant, { body })).accessToken;
}

async function signIn(api: Api, plan: Plan, person: Person): Promise<{ token: string; userId: string }> {
  const body = { tenant: plan.slug, email: person.email, password: plan.password };
  const { accessToken, user } = await api.call(authApi.login, { body });
  return { token: accessToken, userId: user.id };
}

async function signInCustomer(api: Api, plan: Plan, person: Person): Promise<{ token: string; userId: string }> {
  const body = { tenant: plan.slug, name: person.name, email: person.email, password: plan.password };
  try {
    const { accessToken, user } = await api.call(authApi.register, { body });
    return { token: accessToken, userId: user.id };
  } catch (error) {
    if (error instanceof Refusal && error.code === 'registration_refused') return signIn(api, plan, person);
    throw error;
  }
}

async function employ(api: Api, plan: Plan, person: Person, token: string): Promise<void> {
  const body = { ...person, password: plan.password };
  await api.call(authApi.createUser, { token, body, key: `demo-user-${person.email}` });
}

/** The ids of all variants by SKU. */
async function createProducts(api: Api, plan: Plan, token: string): Promise<Map<string, string>> {
  const products = await eachOf(plan.products, atOnce, (body) =>
    api.call(catalogApi.createProduct, {
      token,
      body,
      key: `demo-product-${body.name}`.replaceAll(/[^\x21-\x7e]/g, '-'),
    }),
  );
  return new Map(products.flatMap((product) => product.variants.map((variant) => [variant.sku, variant.id])));
}

type Stockroom = { owner: string; variants: ReadonlyMap<string, string> };

async function adjust(api: Api, plan: Plan, { owner: token, variants }: Stockroom): Promise<void> {
  await eachOf(plan.adjustments, atOnce, ({ sku, ...change }) =>
    api.call(inventoryApi.createAdjustment, {
      token,
      key: `demo-adjustment-${sku}`,
      body: { variantId: variants.get(sku) ?? sku, ...change },
    }),
  );
}
