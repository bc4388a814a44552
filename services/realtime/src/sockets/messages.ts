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
import { availableForCustomer } from '@holdfast/shared/values';
import { z } from 'zod';

type Fact = { tenantId: string; eventId: string; sequence: number; version: number; time: string };
export type StockFact = Fact & {
  kind: 'stock';
  variantId: string;
  numbers: { available: number; onHand: number; reserved: number };
};
export type OrderFact = Fact & {
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

/** What an event tells sockets; undefined when it tells them nothing. */
export function factOf(event: DomainEvent): StockFact | OrderFact | undefined {
  if (event.sequence === undefined) return undefined;
  const { tenantid: tenantId, id: eventId, sequence, aggregateversion: version, time } = event;
  const fact = { tenantId, eventId, sequence, version, time };
  if (isEvent(event, stockUpdated)) {
    const level = stockUpdated.data.safeParse(event.data);
    if (!level.success) return undefined;
    const { variantId, available, onHand, reserved } = level.data;
    return { ...fact, kind: 'stock', variantId, numbers: { available, onHand, reserved } };
  }
  if (!event.type.startsWith('com.holdfast.order.')) return undefined;
  const change = orderChange.safeParse(event.data);
  if (!change.success) return undefined;
  const { orderId, customerId, status, from } = change.data;
  return { ...fact, kind: 'order', orderId, customerId, status, from };
}

/** Exact numbers, for staff. */
export function staffStock(fact: StockFact, sequence: number): StockMessage {
  return { ...stampOf(fact), sequence, variantId: fact.variantId, ...fact.numbers };
}

/** Capped availability, for customers. */
export function customerStock(fact: StockFact, cursor: string): StockMessage {
  const available = availableForCustomer(fact.numbers.available);
  return { ...stampOf(fact), cursor, variantId: fact.variantId, available };
}

export function staffOrder(fact: OrderFact): OrderStatusMessage {
  return { ...stampOf(fact), sequence: fact.sequence, ...changeOf(fact) };
}

export function customerOrder(fact: OrderFact, cursor: string): OrderStatusMessage {
  return { ...stampOf(fact), cursor, ...changeOf(fact) };
}

function stampOf({ eventId, version, time }: Fact) {
  return { eventId, version, time };
}

function changeOf({ orderId, status, from }: OrderFact) {
  return { orderId, status, from };
}
