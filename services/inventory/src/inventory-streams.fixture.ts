// Support for inventory's tests: events and streams of other services, written in the relays' format.
import {
  type DomainEvent,
  defaultSettings,
  domains,
  fulfilmentShipped,
  makeEvent,
  type OrderStatus,
  orderCancelled,
  orderEdited,
  orderEditRequested,
  orderExpired,
  orderPlaced,
  orderRestCancelled,
  orderSnapshot,
  returnReceived,
  type TenantSettings,
  tenantCreated,
  tenantUpdated,
  variantArchived,
  variantCreated,
  variantUpdated,
} from '@holdfast/shared/contracts';
import { positionAfter, streamId, timeText } from '@holdfast/shared/messaging';
import { connectRedis, positionKey, streamKey } from '@holdfast/shared/redis';
import { partitionCount, partitionOf, stampNow, systemClock } from '@holdfast/shared/values';

export type Line = { variantId: string; quantity: number };

/** Streams as relays write them: each entry moves its stream's position. */
export async function openStreams({ redisUrl, generation }: { redisUrl: string; generation: string }) {
  const redis = connectRedis(redisUrl, { purpose: 'fixture' });
  const source = 'fixture';
  const seconds = Math.floor(Date.now() / 1_000);
  let increment = 0;
  const nextId = () => streamId(timeText(seconds, ++increment), 0);
  const others = domains.filter((domain) => domain !== 'inventory');
  const at = positionAfter(nextId());
  for (const domain of others) {
    for (let partition = 0; partition < partitionCount; partition += 1) {
      await redis.hset(positionKey(streamKey(generation, domain, partition)), { source, at });
    }
  }
  return {
    /** Appends events to their tenants' partitions, in this order. */
    async publish(domain: (typeof others)[number], events: readonly DomainEvent[]): Promise<void> {
      const batch = redis.multi();
      for (const event of events) {
        const key = streamKey(generation, domain, partitionOf(event.tenantid));
        const id = nextId();
        batch.xadd(key, id, 'e', JSON.stringify(event)).hset(positionKey(key), { source, at: positionAfter(id) });
      }
      await batch.exec();
    },
    /** What inventory's relay has published of a tenant. */
    async published(tenantId: string): Promise<DomainEvent[]> {
      const entries = await redis.xrange(streamKey(generation, 'inventory', partitionOf(tenantId)), '-', '+');
      return entries.map(([, fields]) => JSON.parse(fields[1]!)).filter((event) => event.tenantid === tenantId);
    },
    close: () => redis.disconnect(),
  };
}

export function tenantEvent(tenantId: string): DomainEvent {
  const data = { tenantId, slug: tenantId, currency: 'EUR', timeZone: 'UTC' };
  return makeEvent(tenantCreated, { tenantId, id: tenantId, version: 1 }, stampNow(systemClock), data);
}

export function tenantUpdatedEvent(tenantId: string, settings: Partial<TenantSettings>): DomainEvent {
  const about = { tenantId, slug: tenantId, currency: 'EUR', timeZone: 'UTC' };
  const data = { ...about, settings: { ...defaultSettings, ...settings } };
  return makeEvent(tenantUpdated, { tenantId, id: tenantId, version: 2 }, stampNow(systemClock), data);
}

const variantState = (variantId: string, forSale: boolean) => {
  const about = { variantId, productId: 'prd_1', productName: 'Shirt', sku: `SKU-${variantId}`, options: {} };
  return { ...about, price: { amount: 1_999, currency: 'EUR' }, forSale };
};

export function variantEvent(
  tenantId: string,
  variantId: string,
  initialStock: number,
  { forSale = true, createdBy = undefined as string | undefined } = {},
): DomainEvent {
  const data = { ...variantState(variantId, forSale), initialStock, reorderLevel: 3, createdBy };
  return makeEvent(variantCreated, { tenantId, id: variantId, version: 1 }, stampNow(systemClock), data);
}

type ChangedVariant = { version: number; forSale: boolean; archived?: boolean; reorderLevel?: number };

/** The variant's product was published, made a draft again, or both were archived; an import sets a reorder level. */
export function variantChangedEvent(
  tenantId: string,
  variantId: string,
  { version, forSale, archived = false, ...told }: ChangedVariant,
): DomainEvent {
  const definition = archived ? variantArchived : variantUpdated;
  const data = { ...variantState(variantId, forSale), ...told };
  return makeEvent(definition, { tenantId, id: variantId, version }, stampNow(systemClock), data);
}

export function placedEvent(tenantId: string, orderId: string, lines: Line[], request = 1): DomainEvent {
  const change = { orderId, customerId: null, status: 'PENDING' as const, from: null, request };
  const data = { ...change, lines, total: { amount: 1_999, currency: 'EUR' } };
  const stamp = stampNow(systemClock, { correlationId: `req_${orderId}` });
  return makeEvent(orderPlaced, { tenantId, id: orderId, version: 1 }, stamp, data);
}

export function cancelledEvent(tenantId: string, orderId: string, request = 2): DomainEvent {
  const change = { orderId, customerId: null, status: 'CANCELLED' as const, from: 'PENDING' as const, request };
  const data = { ...change, reason: 'requested' as const, lines: [] };
  return makeEvent(orderCancelled, { tenantId, id: orderId, version: 1 }, stampNow(systemClock), data);
}

export type Units = Line & { locationId: string };
export type Back = Units & { restock: boolean };
const total = { amount: 1_999, currency: 'EUR' };
const changeOf = (orderId: string, status: OrderStatus, request: number) => {
  return { orderId, customerId: null, status, from: status, request };
};
const about = (tenantId: string, orderId: string) =>
  [{ tenantId, id: orderId, version: 1 }, stampNow(systemClock)] as const;
const arrivals = (lines: Back[]) => lines.map((line) => ({ ...line, condition: 'new' as const }));

export function shippedEvent(tenantId: string, orderId: string, fulfilmentId: string, lines: Units[]): DomainEvent {
  const data = { ...changeOf(orderId, 'SHIPPED', 1), fulfilmentId, lines };
  return makeEvent(fulfilmentShipped, ...about(tenantId, orderId), data);
}

export function receivedEvent(tenantId: string, orderId: string, returnId: string, lines: Back[]): DomainEvent {
  const back = { returnId, returnStatus: 'RECEIVED' as const, lines: arrivals(lines) };
  return makeEvent(returnReceived, ...about(tenantId, orderId), { ...changeOf(orderId, 'SHIPPED', 1), ...back });
}

type Demand = { tenantId: string; orderId: string; lines: Line[]; request?: number };

/** An order that has changed, demands other lines, or nothing more. */
export function demandEvent(
  kind: 'edited' | 'edit' | 'expired' | 'rest',
  { tenantId, orderId, lines, request = 2 }: Demand,
): DomainEvent {
  const status = kind === 'expired' ? 'EXPIRED' : 'CONFIRMED';
  const definition = { edited: orderEdited, edit: orderEditRequested, expired: orderExpired, rest: orderRestCancelled };
  return makeEvent(definition[kind], ...about(tenantId, orderId), {
    ...changeOf(orderId, status, request),
    lines,
    total,
  });
}

type Resent = Demand & {
  status: OrderStatus;
  isPending?: boolean;
  fulfilments?: { fulfilmentId: string; lines: Units[] }[];
  returns?: { returnId: string; lines: Back[] }[];
};

/** An order as a resync tells it. */
export function resentEvent({ tenantId, returns = [], request = 1, isPending = false, ...order }: Resent): DomainEvent {
  const received = returns.map(({ returnId, lines }) => ({ returnId, lines: arrivals(lines) }));
  const data = { ...order, request, customerId: null, isPending, total, returns: received };
  return makeEvent(orderSnapshot, ...about(tenantId, order.orderId), data);
}
