// Events of orders. Every demand on stock carries the number of the request and absolute quantities: what the order
// holds after it. What is shipped or comes back is told by parcel and by return, each of which takes effect once.
import { z } from 'zod';
import { defineEvents } from '../event.ts';
import { totalField } from '../fields.ts';
import { allocation, shortage } from '../inventory/events.ts';
import { orderStatuses, paymentKinds, returnConditions, returnStatuses } from './states.ts';

const line = z.looseObject({ variantId: z.string(), quantity: z.int().min(1) });
const change = {
  orderId: z.string(),
  customerId: z.string().nullable(),
  status: z.enum(orderStatuses),
  from: z.enum(orderStatuses).nullable(),
  /** The number of the demand on stock that is current after this change. */
  request: z.int().min(1),
};
const demand = { ...change, lines: z.array(line), total: totalField };
const fulfilment = {
  ...change,
  fulfilmentId: z.string(),
  lines: z.array(allocation).min(1).describe('What left, and from where.'),
};
const returned = {
  ...change,
  returnId: z.string(),
  returnStatus: z.enum(returnStatuses),
  lines: z.array(line).min(1),
};
const arrival = z.looseObject({
  variantId: z.string(),
  locationId: z.string(),
  quantity: z.int().min(1),
  condition: z.enum(returnConditions),
  restock: z.boolean().describe('Whether it is on hand again at the location.'),
});

export const ordersEvents = defineEvents('orders', {
  orderPlaced: {
    name: 'order.placed',
    summary:
      'An order is durable and asks for its lines. Sent again, with a new event id, while nobody answers; also when a late payment revives an expired order.',
    data: z.looseObject({ ...demand, lines: z.array(line).min(1) }),
  },
  orderConfirmed: {
    name: 'order.confirmed',
    summary: 'Every line is reserved, and whatever has to be paid first is paid.',
    data: z.looseObject(demand),
  },
  orderRejected: {
    name: 'order.rejected',
    summary: 'Not every line was available.',
    data: z.looseObject({ ...change, shortages: z.array(shortage) }),
  },
  orderAwaitingPayment: {
    name: 'order.awaiting_payment',
    summary: 'Every line is reserved until the payment window ends.',
    data: z.looseObject({ ...demand, expiresAt: z.iso.datetime() }),
  },
  orderExpired: {
    name: 'order.expired',
    summary:
      'The payment window has passed, or a late payment found the stock gone: the order demands nothing any more.',
    data: z.looseObject({ ...change, lines: z.array(line) }),
  },
  orderEditRequested: {
    name: 'order.edit_requested',
    summary:
      'New lines are wanted: the order asks to hold these instead of what it holds. Sent again while unanswered.',
    data: z.looseObject({ ...demand, lines: z.array(line).min(1) }),
  },
  orderEdited: {
    name: 'order.edited',
    summary: 'The order has changed: its lines where inventory has agreed, or what moves no stock.',
    data: z.looseObject(demand),
  },
  orderEditRejected: {
    name: 'order.edit_rejected',
    summary: 'The new lines could not be held; the order is as it was.',
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
  orderRestCancelled: {
    name: 'order.rest_cancelled',
    summary: 'What had not been shipped is cancelled and demanded no more; what was shipped stays.',
    data: z.looseObject({ ...change, lines: z.array(line).min(1).describe('What is not shipped.'), total: totalField }),
  },
  orderShipped: {
    name: 'order.shipped',
    summary: 'Some or all of the order has left.',
    data: z.looseObject(change),
  },
  orderDelivered: {
    name: 'order.delivered',
    summary: 'Everything that was shipped has arrived.',
    data: z.looseObject(change),
  },
  orderArchived: {
    name: 'order.archived',
    summary: 'An order that has ended is archived: lists leave it out.',
    data: z.looseObject(change),
  },
  orderErased: {
    name: 'order.erased',
    summary: 'The personal data in the order was erased; nothing else changed.',
    data: z.looseObject(change),
  },
  fulfilmentShipped: {
    name: 'fulfilment.shipped',
    summary: 'A parcel has left: its units are on hand and reserved no more.',
    data: z.looseObject(fulfilment),
  },
  fulfilmentDelivered: {
    name: 'fulfilment.delivered',
    summary: 'A parcel has arrived.',
    data: z.looseObject(fulfilment),
  },
  returnRequested: {
    name: 'return.requested',
    summary: 'Units are to come back.',
    data: z.looseObject(returned),
  },
  returnApproved: {
    name: 'return.approved',
    summary: 'These units may come back.',
    data: z.looseObject(returned),
  },
  returnDeclined: {
    name: 'return.declined',
    summary: 'Nothing of the return is taken back.',
    data: z.looseObject(returned),
  },
  returnReceived: {
    name: 'return.received',
    summary: 'What came back, in what condition, and whether it is on hand again.',
    data: z.looseObject({ ...returned, lines: z.array(arrival) }),
  },
  returnClosed: {
    name: 'return.closed',
    summary: 'Nothing more happens with the return.',
    data: z.looseObject({ ...returned, refund: totalField.optional() }),
  },
  paymentRecorded: {
    name: 'payment.recorded',
    summary: 'Money was authorised, captured or refunded, with the sums after it.',
    data: z.looseObject({
      ...change,
      paymentId: z.string(),
      kind: z.enum(paymentKinds),
      amount: totalField,
      provider: z.string(),
      captured: z.int().min(0),
      refunded: z.int().min(0),
    }),
  },
  paymentRepeated: {
    name: 'payment.repeated',
    summary: 'A payment that is recorded already was sent again by another request; no money was added.',
    data: z.looseObject({ ...change, paymentId: z.string() }),
  },
  refundDue: {
    name: 'refund.due',
    summary: 'More was captured than the order costs now, or it has ended: somebody has to give this much back.',
    data: z.looseObject({
      ...change,
      amount: totalField,
      reason: z.enum(['late_payment', 'order_ended', 'overpaid', 'order_reduced']),
    }),
  },
  orderSnapshot: {
    name: 'order.snapshot',
    summary:
      'Full state of an order, re-emitted for resync: its status, its current demand on stock, whether it waits for an answer, what was shipped and what came back.',
    data: z.looseObject({
      orderId: z.string(),
      customerId: z.string().nullable(),
      status: z.enum(orderStatuses),
      request: z.int().min(1),
      isPending: z.boolean(),
      lines: z.array(line).describe('What it asks to hold now; empty when that is nothing.'),
      total: totalField,
      fulfilments: z
        .array(z.looseObject({ fulfilmentId: z.string(), lines: z.array(allocation).min(1) }))
        .optional()
        .describe('Every parcel that has left.'),
      returns: z
        .array(z.looseObject({ returnId: z.string(), lines: z.array(arrival) }))
        .optional()
        .describe('Every return that was received.'),
    }),
  },
});
export const { orderPlaced, orderConfirmed, orderRejected, orderCancelled, orderErased, orderSnapshot } = ordersEvents;
export const { orderAwaitingPayment, orderExpired, orderEditRequested, orderEdited, orderEditRejected } = ordersEvents;
export const { orderRestCancelled, orderShipped, orderDelivered, orderArchived } = ordersEvents;
export const { fulfilmentShipped, fulfilmentDelivered, paymentRecorded, paymentRepeated, refundDue } = ordersEvents;
export const { returnRequested, returnApproved, returnDeclined, returnReceived, returnClosed } = ordersEvents;
