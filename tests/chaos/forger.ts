// Writes into the event streams what no relay ever wrote. Invariant: every forged subject and every entry that deserves
// to be a dead letter is remembered, so that the checker can tell them from what the platform did.

import { setTimeout as delay } from 'node:timers/promises';
import { connectRedis, positionKey, streamKey } from '@holdfast/shared/redis';
import { newId, partitionCount, partitionOf } from '@holdfast/shared/values';
import type { Chance } from './chance.ts';
import { copiedOfLast, copiedSecondsMax, roomAttemptsMax, roomPauseMs } from './limits.ts';
import type { Shop } from './market.ts';

export type Forger = {
  /** Ids of aggregates that exist in forged events only. */
  readonly subjects: ReadonlySet<string>;
  /** `<domain>:<partition>:<entry id>` of what no consumer can apply. */
  readonly poison: ReadonlySet<string>;
  /** Each tells what it did. */
  addPoison(chance: Chance): Promise<string>;
  addForged(chance: Chance): Promise<string>;
  addAbovePosition(chance: Chance): Promise<string>;
  /** What the relay wrote a moment ago, once more under a later id: an entry that comes twice, and late. */
  addCopy(chance: Chance): Promise<string>;
  /** FLUSHALL of the streams' Redis. */
  flush(): Promise<void>;
  close(): void;
};

/**
 * KEYS 1 stream, 2 position; ARGV 1 text. Adds an entry under the greatest id below the position and answers with it,
 * or '' when the last entry has that id already: what the relay appends next comes after it,
 * so nobody notices the forgery.
 */
const addBelowPosition = `
local at = redis.call('HGET', KEYS[2], 'at')
if not at or redis.call('EXISTS', KEYS[1]) == 0 then return '' end
local seconds = tonumber(string.sub(at, 1, 8), 16)
local sequence = tonumber(string.sub(at, 9, 16), 16) * 1048576 + tonumber(string.sub(at, 17), 16) - 1
if sequence < 0 then return '' end
local reply = redis.pcall('XADD', KEYS[1], string.format('%d-%.0f', seconds, sequence), 'e', ARGV[1])
if type(reply) == 'table' then return '' end
return reply`;

/** Connects past the proxies. */
export function openForger(redisUrl: string, shops: readonly Shop[]): Forger {
  const redis = connectRedis(redisUrl, { purpose: 'forger' });
  const subjects = new Set<string>();
  const poison = new Set<string>();

  /** There is room whenever the position has moved on without an entry of this partition. */
  async function add(domain: string, partition: number, text: string): Promise<string> {
    const stream = streamKey('g1', domain, partition);
    for (let attempt = 1; ; attempt += 1) {
      const id = String(await redis.eval(addBelowPosition, 2, stream, positionKey(stream), text));
      if (id !== '' || attempt === roomAttemptsMax) return id;
      await delay(roomPauseMs);
    }
  }

  const isForged = (text: string | undefined) => [...subjects].some((subject) => text?.includes(subject));

  return {
    subjects,
    poison,
    async addPoison(chance) {
      const shop = chance.pick(shops);
      const { domain, partition, text, what, subject } = poisonOf(shop, chance);
      if (subject) subjects.add(subject);
      const id = await add(domain, partition, text);
      if (id) poison.add(`${domain}:${partition}:${id}`);
      return id ? `${what} as ${id} in ${domain}:${partition}` : `${what}: no room below the position`;
    },
    async addForged(chance) {
      const [own, other] = chance.shuffled(shops) as [Shop, Shop];
      const event = forgedOrder(own.tenantId, chance.pick(other.spread));
      subjects.add(event.subject);
      const id = await add('orders', partitionOf(own.tenantId), JSON.stringify(event));
      return `order ${event.subject} of ${own.tenantId} for a variant of ${other.tenantId}, as ${id || 'nothing'}`;
    },
    async addAbovePosition(chance) {
      const shop = chance.pick(shops);
      const domain = chance.pick(['orders', 'inventory', 'catalog', 'public']);
      const event = forgedOrder(shop.tenantId, chance.pick(shop.spread));
      subjects.add(event.subject);
      const stream = streamKey('g1', domain, partitionOf(shop.tenantId));
      const id = `${Math.floor(Date.now() / 1_000) + 3_600}-0`;
      await redis.xadd(stream, id, 'e', JSON.stringify(event));
      return `order ${event.subject} as ${id} in ${stream}`;
    },
    async addCopy(chance) {
      const partition = partitionOf(chance.pick(shops).tenantId);
      const domain = chance.pick(['catalog', 'orders', 'inventory', 'orders', 'inventory']);
      const entries = await redis.xrevrange(streamKey('g1', domain, partition), '+', '-', 'COUNT', copiedOfLast);
      const since = Date.now() / 1_000 - copiedSecondsMax;
      const isGenuine = (id: string, text: string) => !poison.has(`${domain}:${partition}:${id}`) && !isForged(text);
      const genuine = entries.filter(([id, [, text]]) => Number.parseInt(id, 10) > since && isGenuine(id, text!));
      if (genuine.length === 0) return `nothing to copy in ${domain}:${partition}`;
      const [id, [, text]] = chance.pick(genuine);
      const copy = await add(domain, partition, text!);
      return `${(JSON.parse(text!) as { type: string }).type} ${id} as ${copy || 'nothing'} in ${domain}:${partition}`;
    },
    async flush() {
      await redis.flushall();
    },
    close: () => redis.disconnect(),
  };
}

function forgedOrder(tenantId: string, variantId: string) {
  const subject = newId('ord');
  const data = {
    orderId: subject,
    customerId: null,
    status: 'PENDING',
    from: null,
    request: 1,
    lines: [{ variantId, quantity: 1 }],
    total: { amount: 1, currency: 'EUR' },
  };
  return envelope(tenantId, '/holdfast/orders', 'com.holdfast.order.placed.v1', subject, data);
}

function envelope(tenantid: string, source: string, type: string, subject: string, data: object) {
  const about = { source, type, subject, tenantid, partitionkey: subject, aggregateversion: 1 };
  const time = new Date().toISOString();
  return { specversion: '1.0', id: newId('evt'), time, datacontenttype: 'application/json', ...about, data };
}

type Poison = { domain: string; partition: number; text: string; what: string; subject?: string };

function poisonOf({ tenantId, spread }: Shop, chance: Chance): Poison {
  const partition = partitionOf(tenantId);
  const event = forgedOrder(tenantId, spread[0]!);
  const domain = chance.pick(['catalog', 'orders', 'inventory']);
  return chance.pick<() => Poison>([
    () => ({ domain, partition, text: '{"id": "half an ev', what: 'an entry that is no JSON' }),
    () => ({ domain, partition, text: '{}', what: 'an entry that is no event' }),
    () => {
      const elsewhere = (partition + 1) % partitionCount;
      return { domain: 'orders', partition: elsewhere, text: JSON.stringify(event), what: "another partition's event" };
    },
    () => {
      const text = JSON.stringify({ ...event, data: { ...event.data, lines: [] } });
      return { domain: 'orders', partition, text, what: 'an event whose data does not fit' };
    },
    () => impossibleVariant(tenantId, partition),
  ])();
}

/** Fits its schema, and fails in inventory each time it is applied: more stock than a level can hold. */
function impossibleVariant(tenantId: string, partition: number): Poison {
  const subject = newId('var');
  const data = {
    variantId: subject,
    productId: newId('prd'),
    productName: 'Forged',
    sku: subject,
    options: {},
    price: { amount: 1, currency: 'EUR' },
    forSale: true,
    initialStock: 2 ** 50,
    reorderLevel: 0,
  };
  const event = envelope(tenantId, '/holdfast/catalog', 'com.holdfast.variant.created.v1', subject, data);
  return { domain: 'catalog', partition, text: JSON.stringify(event), what: 'an event that always fails', subject };
}
