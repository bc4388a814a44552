// What the journeys start with: a business with an owner, products with stock, customers.
import { randomUUID } from 'node:crypto';
import { type Answer, type CallOptions, call } from './client.ts';

export const password = 'a long enough pass phrase';

export type Order = {
  id: string;
  status: string;
  customerId: string | null;
  lines: { variantId: string; quantity: number }[];
  total: { amount: number; currency: string };
  allocations: { variantId: string; locationId: string; quantity: number }[];
  version: number;
};
export type Stock = { variantId: string; onHand: number; reserved: number; available: number };
export type Movement = {
  kind: string;
  sequence: number;
  onHandDelta: number;
  reservedDelta: number;
  onHandAfter: number;
  reservedAfter: number;
};
export type Page<Item> = { data: Item[]; nextCursor: string | null };
export type Person = { id: string; email: string; token: string; refreshToken: string };

export function gatewayUrl(): string {
  const url = process.env.HOLDFAST_TEST_GATEWAY_URL;
  if (!url) throw new Error('HOLDFAST_TEST_GATEWAY_URL is not set: run this through `npm test -- e2e`');
  return url;
}

/** Waits until `look` returns something; fails after `timeoutMs`. */
export async function eventually<T>(look: () => Promise<T | undefined | false>, timeoutMs = 10_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`did not come true within ${timeoutMs} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function must<Body>(answer: Answer<Body>, status: number): Body {
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`);
  return answer.body;
}

export class Business {
  readonly url: string;
  readonly slug: string;
  readonly tenantId: string;
  readonly owner: Person;

  private constructor(url: string, slug: string, tenantId: string, owner: Person) {
    this.url = url;
    this.slug = slug;
    this.tenantId = tenantId;
    this.owner = owner;
  }

  static async signUp(url: string = gatewayUrl()): Promise<Business> {
    const slug = `shop-${randomUUID().slice(0, 18)}`;
    const email = `owner@${slug}.example`;
    const owner = { name: 'Olga Owner', email, password };
    const answer = await call<SignUp>(url, 'POST', '/v1/tenants', {
      body: { name: 'A shop', slug, currency: 'EUR', owner },
    });
    const body = must(answer, 201);
    return new Business(url, slug, body.tenant.id, person(body));
  }

  call<Body = Record<string, unknown>>(method: string, path: string, options: CallOptions = {}): Promise<Answer<Body>> {
    return call<Body>(this.url, method, path, { token: this.owner.token, ...options });
  }

  async registerCustomer(): Promise<Person> {
    const email = `${randomUUID()}@customer.example`;
    const body = { tenant: this.slug, name: 'Carl Customer', email, password };
    return person(must(await call<SignIn>(this.url, 'POST', '/v1/auth/register', { body }), 201));
  }

  /** A user of a staff role, signed in. */
  async employ(role: string): Promise<Person> {
    const email = `${role.toLowerCase()}-${randomUUID()}@${this.slug}.example`;
    must(await this.call('POST', '/v1/users', { body: { name: `A ${role}`, email, password, role } }), 201);
    const body = { tenant: this.slug, email, password };
    return person(must(await call<SignIn>(this.url, 'POST', '/v1/auth/login', { body }), 200));
  }

  /** A product with one variant; returns the variant's id once its stock can be read. */
  async stockVariant(initialStock: number, amount = 1999): Promise<string> {
    const sku = `SKU-${randomUUID().slice(0, 13)}`;
    const body = { name: 'Wool cap', variants: [{ sku, price: { amount, currency: 'EUR' }, initialStock }] };
    const product = must(await this.call<{ variants: { id: string }[] }>('POST', '/v1/products', { body }), 201);
    const variantId = product.variants[0]!.id;
    await eventually(async () => (await this.stock(variantId))?.onHand === initialStock);
    return variantId;
  }

  async stock(variantId: string): Promise<Stock | undefined> {
    const answer = await this.call<Stock>('GET', `/v1/stock/${variantId}`);
    return answer.status === 200 ? answer.body : undefined;
  }

  /** Places an order of one line. */
  order(variantId: string, quantity: number, options: CallOptions = {}): Promise<Answer<Order & Problem>> {
    const body = { lines: [{ variantId, quantity }] };
    return this.call<Order & Problem>('POST', '/v1/orders', { body, key: randomUUID(), ...options });
  }

  /** Every item of a list, page after page. */
  async all<Item>(path: string, token: string = this.owner.token): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 1_000; page++) {
      const query = `${path.includes('?') ? '&' : '?'}limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
      const body: Page<Item> = must(await this.call<Page<Item>>('GET', path + query, { token }), 200);
      items.push(...body.data);
      cursor = body.nextCursor;
      if (cursor === null) return items;
    }
    throw new Error(`${path} has no end`);
  }

  /** Compares a variant's stock with the sums of its ledger; returns the stock. Throws when they differ. */
  async checkLedger(variantId: string): Promise<Stock> {
    const stock = await this.stock(variantId);
    const movements = await this.all<Movement>(`/v1/movements?variantId=${variantId}`);
    const sum = (of: (movement: Movement) => number) => movements.reduce((total, movement) => total + of(movement), 0);
    const ledger = {
      onHand: sum((movement) => movement.onHandDelta),
      reserved: sum((movement) => movement.reservedDelta),
    };
    if (stock?.onHand !== ledger.onHand || stock.reserved !== ledger.reserved) {
      throw new Error(
        `stock ${JSON.stringify(stock)} is not the sum of its ${movements.length} movements ${JSON.stringify(ledger)}`,
      );
    }
    return stock;
  }
}

export type Problem = {
  code?: string;
  orderId?: string;
  shortages?: { variantId: string; requested: number; available: number }[];
};
type SignIn = { accessToken: string; refreshToken: string; user: { id: string; email: string } };
type SignUp = SignIn & { tenant: { id: string } };

function person(body: SignIn): Person {
  return { id: body.user.id, email: body.user.email, token: body.accessToken, refreshToken: body.refreshToken };
}
