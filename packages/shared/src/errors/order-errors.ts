// The errors of what happens to an order after it was placed: a part of the catalogue.
import type { ErrorEntry } from './identity-errors.ts';

export const orderErrors = {
  over_shipment: {
    status: 409,
    title: 'More than is left to ship',
    retryable: false,
    explanation:
      '`lines` names each variant of which the order does not hold so much there, with how much `remaining` can be shipped; it is empty when nothing is left at all.',
  },
  unknown_line: {
    status: 422,
    title: 'The order has no such line',
    retryable: false,
    explanation:
      '`variantIds` lists variants that the order or the return does not have, `locationId` a location where nothing of the order was reserved.',
  },
  over_return: {
    status: 409,
    title: 'More than can come back',
    retryable: false,
    explanation:
      '`lines` names each variant of which so much cannot come back, with how much `remaining` can: what has left (for customers: what has arrived within the window), less what came back or is on its way in other returns. Of an approval: what was asked for.',
  },
  return_window_closed: {
    status: 409,
    title: 'The time for returns is over',
    retryable: false,
    explanation:
      'Customers can return within `returnWindowDays` after delivery, which ended at `closedAt`. Staff can later.',
  },
  too_many_returns: {
    status: 422,
    title: 'The order has too many returns',
    retryable: false,
    explanation: 'An order has at most 50 returns, and 400 lines of what came back with all of them.',
  },
  too_many_parcels: {
    status: 422,
    title: 'The order has too many parcels',
    retryable: false,
    explanation: 'An order has at most 50 parcels with 1,200 lines together. Ship the rest in one of them.',
  },
  order_archived: {
    status: 409,
    title: 'The order is archived',
    retryable: false,
    explanation: 'An archived order has ended: it can be read, and only money that comes or is given back is recorded.',
  },
  order_unsettled: {
    status: 409,
    title: 'The order is not settled',
    retryable: false,
    explanation:
      'Money of the order is due back (`refundDue`), or returns of it are open (`returnIds`): record the refund and close or decline the returns, then archive it.',
  },
  total_negative: {
    status: 422,
    title: 'The discounts come to more than the rest',
    retryable: false,
    explanation: 'What an order costs, its lines and charges together, is never below 0; `total` is what it would be.',
  },
  incomplete_address: {
    status: 422,
    title: 'The address would lack something',
    retryable: false,
    explanation: 'An address has at least a name, a line, a city and a country; `fields` names what is missing.',
  },
} as const satisfies Record<string, ErrorEntry>;
