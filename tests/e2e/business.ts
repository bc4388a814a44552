// What the journeys start with: a business with an owner, products with stock, customers.
import { randomUUID } from 'node:crypto';
import { type Answer, type Client, createClient, type Problem, type RequestOptions } from '@holdfast/sdk';
import {
  type AnswerOf,
  accessApi,
  authApi,
  catalogApi,
  type inventoryApi,
  type ordersApi,
} from '@holdfast/shared/contracts';
import { until } from '@holdfast/shared/testing';

export const password = 'a long enough pass phrase';

export type Order = AnswerOf<typeof ordersApi.placeOrder>;
/** As staff see it. */
export type Stock = AnswerOf<typeof inventoryApi.listStock>['data'][number];
export type Person = { id: string; email: string; token: string; refreshToken: string };
type Movement = AnswerOf<typeof inventoryApi.listMovements>['data'][number];
type Page<Item> = { data: Item[]; nextCursor: string | null };

export function gatewayUrl(): string {
  const url = process.env.HOLDFAST_TEST_GATEWAY_URL;
  if (!url) throw new Error('HOLDFAST_TEST_GATEWAY_URL is not set: run this through `npm test -- e2e`');
  return url;
}

export class Business {
  readonly url: string;
  readonly slug: string;
  readonly tenantId: string;
  readonly owner: Person;
  /** The owner's; each call is one attempt. */
  readonly client: Client;

  private constructor(url: string, client: Client, { tenant, ...owner }: AnswerOf<typeof authApi.createTenant>) {
    this.url = url;
    this.client = client;
    this.slug = tenant.slug;
    this.tenantId = tenant.id;
    this.owner = person(owner);
  }

  static async signUp(url: string = gatewayUrl()): Promise<Business> {
    const slug = `shop-${randomUUID().slice(0, 18)}`;
    const owner = { name: 'Olga Owner', email: `owner@${slug}.example`, password };
    const client = createClient({ url, attemptsMax: 1 });
    const answer = await client.call(authApi.createTenant, { body: { name: 'A shop', slug, currency: 'EUR', owner } });
    return new Business(url, client.as({ accessToken: answer.accessToken }), answer);
  }

  /** One request of any kind, the owner's by default. */
  call<Body = Record<string, unknown>>(
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<Answer<Body>> {
    return this.client.request<Body>(method, path, options);
  }

  async registerCustomer(): Promise<Person> {
    const email = `${randomUUID()}@customer.example`;
    const body = { tenant: this.slug, name: 'Carl Customer', email, password };
    return person(await this.client.call(authApi.register, { body }));
  }

  /** A user of a staff role, signed in. */
  async employ(role: string): Promise<Person> {
    const email = `${role.toLowerCase()}-${randomUUID()}@${this.slug}.example`;
    await this.client.call(accessApi.createUser, { body: { name: `A ${role}`, email, password, role } });
    return person(await this.client.call(authApi.login, { body: { tenant: this.slug, email, password } }));
  }

  /** A product with one variant; returns the variant's id once its stock can be read. */
  async stockVariant(initialStock: number, amount = 1999): Promise<string> {
    const sku = `SKU-${randomUUID().slice(0, 13)}`;
    const variants = [{ sku, price: { amount, currency: 'EUR' }, initialStock }];
    const product = await this.client.call(catalogApi.createProduct, { body: { name: 'Wool cap', variants } });
    const variantId = product.variants[0]!.id;
    await this.untilStock(variantId, (stock) => stock.onHand === initialStock);
    return variantId;
  }

  async stock(variantId: string): Promise<Stock | undefined> {
    const { status, body } = await this.call<Stock>('GET', `/v1/stock/${variantId}`);
    return status === 200 ? body : undefined;
  }

  /** Resolves once the variant's stock is like this. */
  async untilStock(variantId: string, isSo: (stock: Stock) => boolean, timeoutMs?: number): Promise<void> {
    const check = async () => {
      const stock = await this.stock(variantId);
      return stock && isSo(stock);
    };
    await until(check, { what: `the stock of ${variantId} fits ${isSo}`, timeoutMs });
  }

  /** Places an order of one line. */
  order(variantId: string, quantity: number, options: RequestOptions = {}): Promise<Answer<Order & Problem>> {
    const body = { lines: [{ variantId, quantity }] };
    return this.call<Order & Problem>('POST', '/v1/orders', { body, key: randomUUID(), ...options });
  }

  /** Every item of a list, page after page. */
  async all<Item>(path: string, token: string = this.owner.token): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 1_000; page++) {
      const query = `${path.includes('?') ? '&' : '?'}limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
      const answer: Answer<Page<Item>> = await this.call<Page<Item>>('GET', path + query, { token });
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
      items.push(...answer.body.data);
      cursor = answer.body.nextCursor;
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

function person({ user, accessToken, refreshToken }: AnswerOf<typeof authApi.login>): Person {
  return { id: user.id, email: user.email, token: accessToken, refreshToken };
}
