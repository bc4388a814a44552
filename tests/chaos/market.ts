// The load: tenants that trade while everything breaks. Orders over many variants and over one, of what is plenty and
// of what is nearly gone; cancellations, payments, edits, parcels, returns, adjustments, the same key again. Each
// purchase is asked about until somebody says what became of it.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { tenantApi } from '@holdfast/shared/contracts';
import { Business } from '../e2e/business.ts';
import type { Chance } from './chance.ts';
import type { Caller, ChaosClient, Line } from './client.ts';
import {
  buyersPerTenant,
  paymentWindowSeconds,
  plenty,
  probeEveryMs,
  probesWaitingMax,
  scarceUnits,
  spreadVariantCount,
  tenantCount,
  thinkMsMax,
} from './limits.ts';
import { tend } from './tend.ts';
import { untilTold } from './until-told.ts';

export type Shop = {
  tenantId: string;
  owner: Caller;
  customers: Caller[];
  spread: string[];
  hot: string;
  scarce: string;
};

export type Market = {
  readonly shops: readonly Shop[];
  /** Everybody finishes what they are at. */
  stop(): Promise<void>;
};

/** Signs tenants up, each with products in stock and two customers; in every other shop orders are paid first. */
export function openShops(gatewayUrl: string): Promise<Shop[]> {
  return Promise.all(Array.from({ length: tenantCount }, (_, n) => openShop(gatewayUrl, n % 2 === 1)));
}

async function openShop(gatewayUrl: string, isPaidFirst: boolean): Promise<Shop> {
  const business = await Business.signUp(gatewayUrl);
  const settings = { paymentPolicy: isPaidFirst ? 'before_confirm' : 'none', paymentWindowSeconds } as const;
  await business.client.call(tenantApi.updateTenant, { body: { settings } });
  const { tenantId, slug, owner } = business;
  const callerOf = ({ id, email, token }: typeof owner): Caller => ({ tenantId, slug, id, email, token });
  const customers = [await business.registerCustomer(), await business.registerCustomer()];
  const spread = await Promise.all(Array.from({ length: spreadVariantCount }, () => business.stockVariant(plenty)));
  const [hot, scarce] = await Promise.all([business.stockVariant(plenty), business.stockVariant(scarceUnits)]);
  return { tenantId, owner: callerOf(owner), customers: customers.map(callerOf), spread, hot, scarce };
}

/** Starts the buyers and probes of all shops. */
export function startTrading(shops: readonly Shop[], client: ChaosClient, chance: Chance): Market {
  const stopping = new AbortController();
  const { signal } = stopping;
  const working = shops.flatMap((shop, s) => {
    const buyers = Array.from({ length: buyersPerTenant }, (_, b) =>
      buy(shop, client, chance.fork(`${s}.${b}`), signal),
    );
    return [...buyers, probe(shop, client, signal)];
  });
  return {
    shops,
    async stop() {
      stopping.abort();
      await Promise.all(working);
    },
  };
}

type Bought = { caller: Caller; key: string; lines: Line[]; orderId: string };

async function buy(shop: Shop, client: ChaosClient, chance: Chance, signal: AbortSignal): Promise<void> {
  const bought: Bought[] = [];
  while (!signal.aborted) {
    const caller = chance.happens(0.7) ? chance.pick(shop.customers) : shop.owner;
    if (chance.happens(0.06)) await restock(shop, client, chance);
    const key = randomUUID();
    const lines = basket(shop, chance);
    const last = await untilTold(() => client.place(caller, key, lines));
    const isPlaced = last.decision === 'CONFIRMED' || last.decision === 'AWAITING_PAYMENT';
    if (isPlaced && last.id) bought.push({ caller, key, lines, orderId: last.id });
    if (bought.length > 0 && chance.happens(0.5)) await tend(chance.pick(bought), { shop, client, chance });
    if (bought.length > 0 && chance.happens(0.2)) {
      const { caller: buyer, orderId } = chance.pick(bought);
      await untilTold(() => client.cancel(buyer, `cancel-${orderId}`, orderId));
    }
    if (bought.length > 0 && chance.happens(0.15)) {
      const again = chance.pick(bought);
      await client.place(again.caller, again.key, again.lines);
      await client.read(again.caller, again.orderId);
    }
    if (bought.length > 50) bought.shift();
    await delay(chance.between(0, thinkMsMax), undefined, { signal }).catch(() => undefined);
  }
}

function basket(shop: Shop, chance: Chance): Line[] {
  const kind = chance.next();
  if (kind < 0.3) return [{ variantId: shop.hot, quantity: 1 }];
  if (kind < 0.5) return [{ variantId: shop.scarce, quantity: chance.between(1, 3) }];
  const lines = Array.from({ length: chance.between(1, 3) }, () => {
    return { variantId: chance.pick(shop.spread), quantity: chance.between(1, 4) };
  });
  // One order in ten asks for what there is beside what there may not be.
  return kind < 0.9 ? lines : [...lines, { variantId: shop.scarce, quantity: 1 }];
}

async function restock(shop: Shop, client: ChaosClient, chance: Chance): Promise<void> {
  const key = randomUUID();
  const [variantId, delta] = chance.happens(0.7)
    ? [shop.scarce, chance.between(1, scarceUnits)]
    : [chance.pick([shop.scarce, shop.hot]), -chance.between(1, scarceUnits)];
  await untilTold(() => client.adjust(shop.owner, key, variantId, delta));
}

/** Orders at a steady pace, whatever becomes of the others: when things work again, the next probe shows it. */
async function probe(shop: Shop, client: ChaosClient, signal: AbortSignal): Promise<void> {
  const waiting = new Set<Promise<unknown>>();
  for (let n = 0; !signal.aborted; n += 1) {
    const variantId = shop.spread[n % shop.spread.length]!;
    if (waiting.size < probesWaitingMax) {
      const key = randomUUID();
      const asked = untilTold(() => client.place(shop.owner, key, [{ variantId, quantity: 1 }]));
      waiting.add(asked);
      void asked.finally(() => waiting.delete(asked));
    }
    await delay(probeEveryMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(waiting);
}
