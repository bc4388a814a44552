// Loads one demo business through the public API.
// Invariant: every write carries a key that comes from the plan, so a run that was cut off is completed by the next one
// and a run on a complete demo writes nothing.
import { ApiProblem, type Client } from '@holdfast/sdk';
import { accessApi, adjustmentsApi, authApi, catalogApi, ordersApi } from '@holdfast/shared/contracts';
import { eachOf } from './each-of.ts';
import { atOnce, ordersReadMax } from './limits.ts';
import { placeOrders } from './place-orders.ts';
import type { Person, Plan } from './plan.ts';

export type Tell = (line: string) => void;
/** Somebody who is signed in. */
export type Member = { client: Client; userId: string };
/** By e-mail address. */
export type Members = Map<string, Member>;

/** Loads what is missing; returns the variant that the example buys. */
export async function seedBusiness(api: Client, plan: Plan, tell: Tell): Promise<{ exampleVariantId: string }> {
  const owner = await signInOwner(api, plan);
  const orders = await owner.call(ordersApi.listOrders, { query: { limit: ordersReadMax } });
  // The orders come last. A refused one need not be stored.
  const expected = plan.orders.filter((order) => order.outcome !== 'refused').length;
  if (orders.data.length >= expected) {
    tell(`${plan.name}: complete since an earlier start`);
  } else {
    await load(owner, plan, tell);
  }
  const { data } = await owner.call(catalogApi.listVariants, { query: { sku: plan.exampleSku } });
  if (!data[0]) throw new Error(`${plan.exampleSku} is missing`);
  return { exampleVariantId: data[0].id };
}

async function load(owner: Client, plan: Plan, tell: Tell): Promise<void> {
  tell(`${plan.name}: products`);
  const variants = await createProducts(owner, plan);
  tell(`${plan.name}: ${variants.size} variants, ${plan.staff.length} of staff, ${plan.customers.length} customers`);
  await eachOf(plan.staff, atOnce, (person) => employ(owner, plan, person));
  const members: Members = new Map();
  await eachOf(plan.customers, atOnce, async (person) => {
    members.set(person.email, await registerOrSignIn(owner, plan, person));
  });
  const placing = new Set(plan.orders.map((order) => order.by));
  await eachOf(
    plan.staff.filter((person) => placing.has(person.email)),
    atOnce,
    async (person) => {
      members.set(person.email, await signIn(owner, plan, person));
    },
  );
  await adjust(owner, plan, variants);
  tell(`${plan.name}: ${plan.orders.length} orders`);
  await placeOrders(plan, { members, variants });
  tell(`${plan.name}: done`);
}

/** True for the problem of this code. */
function isProblem(error: unknown, code: ApiProblem['code']): boolean {
  return error instanceof ApiProblem && error.code === code;
}

async function signInOwner(api: Client, plan: Plan): Promise<Client> {
  try {
    return (await signIn(api, plan, plan.owner)).client;
  } catch (error) {
    if (!isProblem(error, 'invalid_credentials')) throw error;
  }
  const { name, slug, currency, timeZone, password } = plan;
  const owner = { name: plan.owner.name, email: plan.owner.email, password };
  return api.as(await api.call(authApi.createTenant, { body: { name, slug, currency, timeZone, owner } }));
}

async function signIn(api: Client, plan: Plan, person: Person): Promise<Member> {
  const body = { tenant: plan.slug, email: person.email, password: plan.password };
  const session = await api.call(authApi.login, { body });
  return { client: api.as(session), userId: session.user.id };
}

async function registerOrSignIn(api: Client, plan: Plan, person: Person): Promise<Member> {
  const body = { tenant: plan.slug, name: person.name, email: person.email, password: plan.password };
  try {
    const session = await api.call(authApi.register, { body });
    return { client: api.as(session), userId: session.user.id };
  } catch (error) {
    if (isProblem(error, 'registration_refused')) return signIn(api, plan, person);
    throw error;
  }
}

async function employ(owner: Client, plan: Plan, person: Person): Promise<void> {
  const body = { ...person, password: plan.password };
  await owner.call(accessApi.createUser, { body, key: `demo-user-${person.email}` });
}

/** The ids of all variants by SKU. */
async function createProducts(owner: Client, plan: Plan): Promise<Map<string, string>> {
  const products = await eachOf(plan.products, atOnce, (body) =>
    owner.call(catalogApi.createProduct, {
      body,
      key: `demo-product-${body.name}`.replaceAll(/[^\x21-\x7e]/g, '-'),
    }),
  );
  return new Map(products.flatMap((product) => product.variants.map((variant) => [variant.sku, variant.id])));
}

async function adjust(owner: Client, plan: Plan, variants: ReadonlyMap<string, string>): Promise<void> {
  await eachOf(plan.adjustments, atOnce, ({ sku, ...change }) =>
    owner.call(adjustmentsApi.createAdjustment, {
      key: `demo-adjustment-${sku}`,
      body: { variantId: variants.get(sku) ?? sku, ...change },
    }),
  );
}
