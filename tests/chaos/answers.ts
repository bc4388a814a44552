// Whether every process of the platform answers by itself, asked past the gateway. Invariant: a process that answers
// only some requests, or none, is named; another replica cannot stand in for it.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type RequestOptions, request } from '@holdfast/sdk';
import { answerMaxMs, retryMs } from './limits.ts';
import type { Shop } from './market.ts';
import { serviceOf } from './nemesis.ts';
import type { Rig } from './rig.ts';

const reads: Readonly<Record<string, string>> = {
  auth: '/v1/me',
  catalog: '/v1/products?limit=1',
  inventory: '/v1/stock?limit=1',
  orders: '/v1/orders?limit=1',
  realtime: '/health/ready',
  gateway: '/v1/orders?limit=1',
};

/**
 * Processes that do not answer within 5 s after this call: a read, and who takes orders also an order. One line each.
 */
export async function findSilent({ services }: Pick<Rig, 'services'>, shop: Shop): Promise<string[]> {
  const silent = [...services.values()].map(async ({ name, url }) => {
    const service = serviceOf(name);
    const asked = [ask(`${url}${reads[service]}`, shop)];
    if (service === 'orders' || service === 'gateway') asked.push(order(url, shop));
    const answers = await Promise.all(asked);
    return answers.flatMap((answer) => (answer === undefined ? [] : [`${name} does not answer: ${answer}`]));
  });
  return (await Promise.all(silent)).flat();
}

const order = (url: string, shop: Shop) => {
  const body = { lines: [{ variantId: shop.spread[0]!, quantity: 1 }] };
  return ask(`${url}/v1/orders`, shop, { method: 'POST', key: randomUUID(), body });
};

/**
 * Undefined once the answer is a 2xx; what came instead when it never was. Asks again:
 * the first connections may be dead ones.
 */
async function ask(
  url: string,
  { owner }: Shop,
  { method = 'GET', ...options }: RequestOptions & { method?: string } = {},
): Promise<string | undefined> {
  const deadline = performance.now() + answerMaxMs;
  for (;;) {
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(deadline - performance.now())));
    const { pathname, search, origin } = new URL(url);
    const status = await request(origin, method, `${pathname}${search}`, {
      token: owner.token,
      ...options,
      signal,
    }).then(
      (answer) => String(answer.status),
      (error: Error) => error.name,
    );
    if (status.startsWith('2')) return undefined;
    if (performance.now() > deadline) return `${method} ${pathname}: ${status}`;
    await delay(retryMs);
  }
}
