// Events of orders. Every demand on stock carries the number of the request and absolute quantities.
import { z } from 'zod';
import { defineEvent } from '../event.ts';
import { totalField } from '../fields.ts';
import { shortage } from '../inventory/events.ts';
import { orderStatuses } from './http.ts';

const line = z.looseObject({ variantId: z.string(), quantity: z.int().min(1) });
const change = {
  orderId: z.string(),
  customerId: z.string().nullable(),
  status: z.enum(orderStatuses),
  from: z.enum(orderStatuses).nullable(),
  /** The number of the demand on stock that is current after this change. */
  request: z.int().min(1),
};

export const orderPlaced = defineEvent(
  'orders',
  'order.placed',
  1,
  'An order is durable and asks for its lines. Sent again, with a new event id, while nobody answers.',
  z.looseObject({ ...change, lines: z.array(line).min(1), total: totalField }),
);
export const orderConfirmed = defineEvent(
  'orders',
  'order.confirmed',
  1,
  'Every line is reserved.',
  z.looseObject({ ...change, lines: z.array(line), total: totalField }),
);
export const orderRejected = defineEvent(
  'orders',
  'order.rejected',
  1,
  'Not every line was available.',
  z.looseObject({ ...change, shortages: z.array(shortage) }),
);
export const orderCancelled = defineEvent(
  'orders',
  'order.cancelled',
  1,
  'The order ended before shipping and demands nothing any more.',
  z.looseObject({ ...change, reason: z.enum(['requested', 'undecided']), lines: z.array(line) }),
);
export const orderSnapshot = defineEvent(
  'orders',
  'order.snapshot',
  1,
  'An order as it is, told again: its status, its current demand on stock, and whether it waits for an answer.',
  z.looseObject({
    orderId: z.string(),
    customerId: z.string().nullable(),
    status: z.enum(orderStatuses),
    request: z.int().min(1),
    isPending: z.boolean(),
    lines: z.array(line).min(1),
    total: totalField,
  }),
);
