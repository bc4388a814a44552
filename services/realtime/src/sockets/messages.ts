// Which messages an event of the public log becomes. Pure. Events are read loosely:
// what does not look like ours is not sent.
// Invariant: a customer's message has no onHand, no reserved, no sequence, and never more than the cap as available.
import {
  type DomainEvent,
  exportProgressed,
  importProgressed,
  isEvent,
  type JobProgressMessage,
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

export type JobUpdate = Update & {
  kind: 'job';
  createdBy: string;
  progress: Omit<JobProgressMessage, 'eventId' | 'sequence' | 'cursor' | 'version' | 'time'>;
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
export function updateOf(event: DomainEvent, stock: VariantStock): StockUpdate | OrderUpdate | JobUpdate | undefined {
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
  const job = jobUpdateOf(event, update);
  if (job) return job;
  if (!event.type.startsWith('com.holdfast.order.')) return undefined;
  const change = orderChange.safeParse(event.data);
  if (!change.success) return undefined;
  const { orderId, customerId, status, from } = change.data;
  return { ...update, kind: 'order', orderId, customerId, status, from };
}

function jobUpdateOf(event: DomainEvent, update: Update): JobUpdate | undefined {
  if (isEvent(event, importProgressed)) {
    const job = importProgressed.data.safeParse(event.data);
    if (!job.success) return undefined;
    const { importId: jobId, createdBy, status, rowsDone, rowsFailed, rowsTotal } = job.data;
    const progress = { jobId, job: 'import' as const, status, rowsDone, rowsFailed };
    return {
      ...update,
      kind: 'job',
      createdBy,
      progress: rowsTotal === undefined ? progress : { ...progress, rowsTotal },
    };
  }
  if (!isEvent(event, exportProgressed)) return undefined;
  const job = exportProgressed.data.safeParse(event.data);
  if (!job.success) return undefined;
  const { exportId: jobId, createdBy, status, rowsDone } = job.data;
  return { ...update, kind: 'job', createdBy, progress: { jobId, job: 'export', status, rowsDone } };
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

/** For all who see every order. */
export function staffJob(update: JobUpdate): JobProgressMessage {
  return { ...stampOf(update), sequence: update.sequence, ...update.progress };
}

/** For who has asked for it and does not. */
export function ownJob(update: JobUpdate, cursor: string): JobProgressMessage {
  return { ...stampOf(update), cursor, ...update.progress };
}

function stampOf({ eventId, version, time }: Update) {
  return { eventId, version, time };
}

function changeOf({ orderId, status, from }: OrderUpdate) {
  return { orderId, status, from };
}
