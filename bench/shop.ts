// A business to measure with: signed up through the gateway, spoken to over kept-alive connections.
import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';

export type Shop = {
  send<Body>(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    key?: string,
  ): Promise<{ status: number; body: Body }>;
  /** A product with one variant and this stock; returns the variant's id once it can be ordered. */
  stockVariant(onHand: number): Promise<string>;
  /** What is wrong between a variant's stock and its ledger; empty when nothing is. */
  checkLedger(variantId: string): Promise<string[]>;
  close(): Promise<void>;
};

type Movement = { onHandDelta: number; reservedDelta: number };

export async function openShop(gatewayUrl: string): Promise<Shop> {
  const pool = new Pool(gatewayUrl, { connections: 64 });
  let token: string | undefined;

  const send: Shop['send'] = async <Body>(method: 'GET' | 'POST', path: string, body?: unknown, key?: string) => {
    const answer = await pool.request({
      method,
      path,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key ? { 'idempotency-key': key } : {}),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: answer.statusCode, body: (await answer.body.json()) as Body };
  };

  const slug = `bench-${randomUUID().slice(0, 13)}`;
  const owner = { name: 'Bench', email: `owner@${slug}.example`, password: randomUUID() };
  const signUp = await send<{ accessToken: string }>('POST', '/v1/tenants', {
    name: 'Bench',
    slug,
    currency: 'EUR',
    owner,
  });
  if (signUp.status !== 201) throw new Error(`could not sign up: ${JSON.stringify(signUp.body)}`);
  token = signUp.body.accessToken;

  return {
    send,
    async stockVariant(onHand) {
      const variants = [{ sku: randomUUID(), price: { amount: 1_000, currency: 'EUR' }, initialStock: onHand }];
      const product = await send<{ variants: { id: string }[] }>('POST', '/v1/products', { name: 'Bench', variants });
      const variantId = product.body.variants[0]?.id;
      if (variantId === undefined) throw new Error(`no product: ${JSON.stringify(product.body)}`);
      for (let attempt = 0; attempt < 500; attempt++) {
        if ((await send('GET', `/v1/stock/${variantId}`)).status === 200) return variantId;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error('the stock level did not appear');
    },
    async checkLedger(variantId) {
      const stock = (await send<{ onHand: number; reserved: number }>('GET', `/v1/stock/${variantId}`)).body;
      const sums = { onHand: 0, reserved: 0 };
      for (let cursor: string | null = ''; cursor !== null; ) {
        const path = `/v1/movements?variantId=${variantId}&limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
        const page: { data: Movement[]; nextCursor: string | null } = (
          await send<{ data: Movement[]; nextCursor: string | null }>('GET', path)
        ).body;
        for (const movement of page.data) {
          sums.onHand += movement.onHandDelta;
          sums.reserved += movement.reservedDelta;
        }
        cursor = page.nextCursor;
      }
      const fields = ['onHand', 'reserved'] as const;
      return fields
        .filter((field) => stock[field] !== sums[field])
        .map((field) => `${field} is ${stock[field]}, its ledger says ${sums[field]}`);
    },
    close: () => pool.close(),
  };
}
