// Which messages an event of the public log becomes. Pure. Events are read loosely:
// what does not look like ours is not sent.
// Invariant: a customer's message has no onHand, no reserved, no sequence, and never more than the cap as available.
import {
  type DomainEvent,
  isEvent,
  type OrderStatusMessage,
  orderStatusMessage,
  type StockMessage,
  stockUpdated,
} from '@holdfast/shared/contracts';
import { availableForCustomer, type VariantStock } from '@holdfast/shared/values';
import { z } from 'zod';

type Update = { tenantId: string; eventId: string; sequence: number; version: number; time: string };
export type StockUpdate = Update & {
  kind: 'stock';
  variantId: string;
  numbers: { available: number; onHand: number; reserved: number };
};
export type OrderUpdate = Update & {
  kind: 'order';
  orderId: string;
  customerId: string | null;
  status: OrderStatusMessage['status'];
  from: OrderStatusMessage['from'];
};

const orderChange = z.looseObject({
  orderId: z.string(),
  customerId: z.string().nullable(),
  status: orderStatusMessage.shape.status,
  from: orderStatusMessage.shape.from,
});

/**
 * The message for sockets that an event becomes; undefined when it becomes none. One of stock tells the variant: the
 * sums over its locations, as `GET /v1/stock/{variantId}` does.
 */
export function updateOf(event: DomainEvent, stock: VariantStock): StockUpdate | OrderUpdate | undefined {
  if (event.sequence === undefined) return undefined;
  const { tenantid: tenantId, id: eventId, sequence, aggregateversion: version, time } = event;
  const update = { tenantId, eventId, sequence, version, time };
  if (isEvent(event, stockUpdated)) {
    const level = stockUpdated.data.safeParse(event.data);
    if (!level.success) return undefined;
    const { variantId, locationId, available, onHand, reserved, others } = level.data;
    const own = { locationId, available, onHand, reserved, version };
    const { version: sum, ...numbers } = stock.add(tenantId, variantId, own, others);
    return { ...update, version: sum, kind: 'stock', variantId, numbers };
  }
  if (!event.type.startsWith('com.holdfast.order.')) return undefined;
  const change = orderChange.safeParse(event.data);
  if (!change.success) return undefined;
  const { orderId, customerId, status, from } = change.data;
  return { ...update, kind: 'order', orderId, customerId, status, from };
}

/** Exact numbers, for staff. */
export function staffStock(update: StockUpdate, sequence: number): StockMessage {
  return { ...stampOf(update), sequence, variantId: update.variantId, ...update.numbers };
}

/** Capped availability, for customers. */
export function customerStock(update: StockUpdate, cursor: string): StockMessage {
  const available = availableForCustomer(update.numbers.available);
  return { ...stampOf(update), cursor, variantId: update.variantId, available };
}

export function staffOrder(update: OrderUpdate): OrderStatusMessage {
  return { ...stampOf(update), sequence: update.sequence, ...changeOf(update) };
}

export function customerOrder(update: OrderUpdate, cursor: string): OrderStatusMessage {
  return { ...stampOf(update), cursor, ...changeOf(update) };
}

function stampOf({ eventId, version, time }: Update) {
  return { eventId, version, time };
}

function changeOf({ orderId, status, from }: OrderUpdate) {
  return { orderId, status, from };
}
