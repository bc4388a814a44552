// The businesses of the data set, made through the gateway like anybody's: sign-up, products with stock,
// a customer who buys.
import { randomUUID } from 'node:crypto';
import { type Client, createClient } from '@holdfast/sdk';
import { type AnswerOf, authApi, catalogApi } from '@holdfast/shared/contracts';
import { seedingInFlight, variantsPerProductMax } from '../limits.ts';
import type { Buyer } from '../load/load.ts';

export type Tenant = {
  tenantId: string;
  owner: Client;
  customer: Client;
  customerId: string;
  variants: string[];
};
/** A buyer whom the platform knows. */
export type PlatformBuyer = Buyer & { tenantId: string; callerId: string };

export type Tenants = {
  all: readonly Tenant[];
  /** Adds a product with this many variants of this stock to a tenant; returns the variants' ids. */
  addProduct(tenant: Tenant, variantCount: number, stock: number): Promise<string[]>;
  /** The same with a name and SKUs. */
  addNamedProduct(tenant: Tenant, product: NamedProduct): Promise<string[]>;
  /** Signs a business up that is not among `all` and has no variants. */
  add(): Promise<Tenant>;
  /** New tokens for everybody: one lives 10 minutes. */
  refresh(): Promise<void>;
};

export type NamedProduct = { name: string; skus: readonly string[]; stock: number };
export type DataSet = { tenants: number; variantsPerTenant: number; stock: number };

/** The customers as buyers of all variants of their tenants, or of these. */
export function buyersOf(tenants: readonly Tenant[], variants?: readonly string[]): PlatformBuyer[] {
  return tenants.map((tenant) => ({
    headers: { authorization: `Bearer ${tenant.customer.session!.accessToken}` },
    variants: variants ?? tenant.variants,
    tenantId: tenant.tenantId,
    callerId: tenant.customerId,
  }));
}

/** Makes the data set; the events of what it made may still be on their way when it resolves. */
export async function makeTenants(gatewayUrl: string, wanted: DataSet): Promise<Tenants> {
  const client = createClient({ url: gatewayUrl });
  const all = await inParallel(wanted.tenants, () => openTenant(client, wanted));
  const added: Tenant[] = [];
  return {
    all,
    addProduct,
    addNamedProduct,
    async add() {
      const tenant = await openTenant(client, { variantsPerTenant: 0, stock: 0 });
      added.push(tenant);
      return tenant;
    },
    async refresh() {
      const known = [...all, ...added];
      await inParallel(known.length, async (index) => {
        const tenant = known[index]!;
        tenant.owner = await renewed(tenant.owner);
        tenant.customer = await renewed(tenant.customer);
      });
    },
  };
}

async function renewed(client: Client): Promise<Client> {
  const { refreshToken = '' } = client.session!;
  return client.as(await client.call(authApi.refresh, { body: { refreshToken } }));
}

async function openTenant(client: Client, { variantsPerTenant, stock }: Omit<DataSet, 'tenants'>): Promise<Tenant> {
  const slug = `bench-${randomUUID().slice(0, 13)}`;
  const person = (name: string) => ({ name, email: `${name}@${slug}.example`, password: randomUUID() });
  const signUp = { name: 'Bench', slug, currency: 'EUR', owner: person('owner') };
  const owner: AnswerOf<typeof authApi.createTenant> = await client.call(authApi.createTenant, { body: signUp });
  const customer = await client.call(authApi.register, { body: { tenant: slug, ...person('customer') } });
  const tenant: Tenant = {
    tenantId: owner.tenant.id,
    owner: client.as(owner),
    customer: client.as(customer),
    customerId: customer.user.id,
    variants: [],
  };
  while (tenant.variants.length < variantsPerTenant) {
    const count = Math.min(variantsPerProductMax, variantsPerTenant - tenant.variants.length);
    tenant.variants.push(...(await addProduct(tenant, count, stock)));
  }
  return tenant;
}

function addProduct(tenant: Tenant, variantCount: number, stock: number): Promise<string[]> {
  const skus = Array.from({ length: variantCount }, () => randomUUID());
  return addNamedProduct(tenant, { name: 'Bench', skus, stock });
}

async function addNamedProduct({ owner }: Tenant, { name, skus, stock }: NamedProduct): Promise<string[]> {
  const price = { amount: 1_999, currency: 'EUR' };
  const variants = skus.map((sku) => ({ sku, price, initialStock: stock }));
  const product = await owner.call(catalogApi.createProduct, { body: { name, variants } });
  return product.variants.map(({ id }) => id);
}

/** Runs `make` for 0 to count - 1, a few at a time. */
async function inParallel<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = new Array(count);
  let next = 0;
  const loop = async () => {
    while (next < count) {
      const index = next++;
      made[index] = await make(index);
    }
  };
  await Promise.all(Array.from({ length: seedingInFlight }, loop));
  return made;
}
