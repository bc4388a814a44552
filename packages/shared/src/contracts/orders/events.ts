// Events of orders. Every demand on stock carries the number of the request and absolute quantities.
import { z } from 'zod';
import { defineEvents } from '../event.ts';
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

export const ordersEvents = defineEvents('orders', {
  orderPlaced: {
    name: 'order.placed',
    summary: 'An order is durable and asks for its lines. Sent again, with a new event id, while nobody answers.',
    data: z.looseObject({ ...change, lines: z.array(line).min(1), total: totalField }),
  },
  orderConfirmed: {
    name: 'order.confirmed',
    summary: 'Every line is reserved.',
    data: z.looseObject({ ...change, lines: z.array(line), total: totalField }),
  },
  orderRejected: {
    name: 'order.rejected',
    summary: 'Not every line was available.',
    data: z.looseObject({ ...change, shortages: z.array(shortage) }),
  },
  orderCancelled: {
    name: 'order.cancelled',
    summary: 'The order ended before shipping and demands nothing any more.',
    data: z.looseObject({
      ...change,
      reason: z.enum(['requested', 'undecided', 'stock_withdrawn']),
      lines: z.array(line),
    }),
  },
  orderErased: {
    name: 'order.erased',
    summary: 'The personal data in the order was erased; nothing else changed.',
    data: z.looseObject(change),
  },
  orderSnapshot: {
    name: 'order.snapshot',
    summary:
      'Full state of an order, re-emitted for resync: its status, its current demand on stock, whether it waits for an answer.',
    data: z.looseObject({
      orderId: z.string(),
      customerId: z.string().nullable(),
      status: z.enum(orderStatuses),
      request: z.int().min(1),
      isPending: z.boolean(),
      lines: z.array(line).min(1),
      total: totalField,
    }),
  },
});
export const { orderPlaced, orderConfirmed, orderRejected, orderCancelled, orderErased, orderSnapshot } = ordersEvents;
