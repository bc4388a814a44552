// What crosses a socket: the messages that the server sends and the topics that a client may subscribe to.
import { z } from 'zod';
import { orderStatuses } from '../orders/states.ts';

const stamp = {
  eventId: z.string(),
  /** Staff: the tenant's sequence number. */
  sequence: z.int().min(1).optional(),
  /** Customers: an opaque place in the log; the number would tell a merchant's volume. */
  cursor: z.string().optional(),
  /** The aggregate's version: only grows. */
  version: z.int().min(1),
  time: z.iso.datetime(),
};

export const stockMessage = z.object({
  ...stamp,
  variantId: z.string(),
  /** Customers: at most `customerAvailableMax`. */
  available: z.int().min(0),
  onHand: z.int().min(0).optional(),
  reserved: z.int().min(0).optional(),
});
export type StockMessage = z.infer<typeof stockMessage>;

export const orderStatusMessage = z.object({
  ...stamp,
  orderId: z.string(),
  status: z.enum(orderStatuses),
  from: z.enum(orderStatuses).nullable(),
});
export type OrderStatusMessage = z.infer<typeof orderStatusMessage>;

/** How far an import or an export is; its full state is at `/v1/imports/{id}` or `/v1/exports/{id}`. */
export const jobProgressMessage = z.object({
  ...stamp,
  jobId: z.string(),
  job: z.enum(['import', 'export']),
  status: z.string(),
  rowsDone: z.int().min(0),
  rowsFailed: z.int().min(0).optional(),
  rowsTotal: z.int().min(0).optional(),
});
export type JobProgressMessage = z.infer<typeof jobProgressMessage>;

export const subscribeRequest = z.strictObject({
  topics: z
    .array(z.string().regex(/^(order|variant):[A-Za-z0-9_]{1,64}$/))
    .min(1)
    .max(100),
});
/** Answer to `subscribe`: the topics that are on from now, or an error code. */
export type SubscribeAnswer = { topics: string[] } | { error: string };

/** Why the server is about to close a socket; a client needs a new token to come back. */
export const sessionEndReasons = ['expired', 'revoked'] as const;
export type SessionEndedMessage = { reason: (typeof sessionEndReasons)[number] };
/** The process stops: connect again after this many milliseconds, which differ from client to client. */
export type StoppingMessage = { reconnectAfterMs: number };

/** Names of the messages that a server sends. */
export const socketEvents = {
  orderStatus: 'order.status',
  stockUpdated: 'stock.updated',
  jobProgress: 'job.progress',
  /** To all staff of a tenant; the name carries the tenant. */
  stockUpdatedOf: (tenantId: string) => `stockUpdated:${tenantId}` as const,
  sessionEnded: 'session.ended',
  stopping: 'server.stopping',
} as const;
