// The businesses of the data set, made through the gateway like anybody's: sign-up, products with stock, a customer who buys.
import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { seedingInFlight, variantsPerProductMax } from '../limits.ts';
import type { Buyer } from '../load/load.ts';

export type Tenant = {
  slug: string;
  owner: Session;
  customer: Session;
  variants: string[];
};
type Session = { accessToken: string; refreshToken: string };

export type Tenants = {
  all: readonly Tenant[];
  /** Adds a product with this many variants of this stock to a tenant; returns the variants' ids. */
  addProduct(tenant: Tenant, variantCount: number, stock: number): Promise<string[]>;
  /** One page of a list, as the owner sees it. */
  get<Body>(tenant: Tenant, path: string): Promise<Body>;
  /** New tokens for everybody: one lives 10 minutes. */
  refresh(): Promise<void>;
  close(): Promise<void>;
};

export type DataSet = { tenants: number; variantsPerTenant: number; stock: number };

/** The customers as buyers of all variants of their tenants, or of these. */
export function buyersOf(tenants: readonly Tenant[], variants?: readonly string[]): Buyer[] {
  return tenants.map((tenant) => ({
    headers: { authorization: `Bearer ${tenant.customer.accessToken}` },
    variants: variants ?? tenant.variants,
  }));
}

/** Makes the data set; the events of what it made may still be on their way when it resolves. */
export async function makeTenants(gatewayUrl: string, wanted: DataSet): Promise<Tenants> {
  const pool = new Pool(gatewayUrl, { connections: seedingInFlight });
  const send = createSender(pool);

  const addProduct: Tenants['addProduct'] = async (tenant, variantCount, stock) => {
    const variants = Array.from({ length: variantCount }, () => ({
      sku: randomUUID(),
      price: { amount: 1_999, currency: 'EUR' },
      initialStock: stock,
    }));
    const body = { name: 'Bench', variants };
    const product = await send<{ variants: { id: string }[] }>('POST', '/v1/products', tenant.owner.accessToken, body);
    return product.variants.map(({ id }) => id);
  };

  const open = async (): Promise<Tenant> => {
    const slug = `bench-${randomUUID().slice(0, 13)}`;
    const person = (role: string) => ({ name: role, email: `${role}@${slug}.example`, password: randomUUID() });
    const signUp = { name: 'Bench', slug, currency: 'EUR', owner: person('owner') };
    const owner = await send<Session>('POST', '/v1/tenants', undefined, signUp);
    const registration = { tenant: slug, ...person('customer') };
    const customer = await send<Session>('POST', '/v1/auth/register', undefined, registration);
    const tenant: Tenant = { slug, owner, customer, variants: [] };
    while (tenant.variants.length < wanted.variantsPerTenant) {
      const count = Math.min(variantsPerProductMax, wanted.variantsPerTenant - tenant.variants.length);
      tenant.variants.push(...(await addProduct(tenant, count, wanted.stock)));
    }
    return tenant;
  };

  const all = await inParallel(wanted.tenants, open);
  return {
    all,
    addProduct,
    get: (tenant, path) => send('GET', path, tenant.owner.accessToken),
    async refresh() {
      const sessions = all.flatMap(({ owner, customer }) => [owner, customer]);
      await inParallel(sessions.length, async (index) => {
        const session = sessions[index]!;
        const { refreshToken } = session;
        Object.assign(session, await send<Session>('POST', '/v1/auth/refresh', undefined, { refreshToken }));
      });
    },
    close: () => pool.close(),
  };
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

function createSender(pool: Pool) {
  return async <Body>(method: 'GET' | 'POST', path: string, token?: string, body?: unknown): Promise<Body> => {
    const answer = await pool.request({
      method,
      path,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text) as Body;
  };
}
