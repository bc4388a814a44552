// The states that orders, their parcels and their returns can be in: one list for the API, events and the domain.
export const orderStatuses = [
  'PENDING',
  'AWAITING_PAYMENT',
  'CONFIRMED',
  'PARTIALLY_SHIPPED',
  'SHIPPED',
  'DELIVERED',
  'REJECTED',
  'EXPIRED',
  'CANCELLED',
] as const;
export type OrderStatus = (typeof orderStatuses)[number];

export const fulfilmentStatuses = ['SHIPPED', 'DELIVERED'] as const;
export const returnStatuses = ['REQUESTED', 'APPROVED', 'DECLINED', 'RECEIVED', 'CLOSED'] as const;
export const returnConditions = ['new', 'opened', 'damaged'] as const;
export const paymentKinds = ['authorised', 'captured', 'refunded'] as const;
/** Where the money of an order stands. */
export const paymentStates = [
  'none',
  'awaiting',
  'authorised',
  'partly_paid',
  'paid',
  'partly_refunded',
  'refunded',
] as const;
/** What an order costs or saves beside its lines. */
export const chargeKinds = ['shipping', 'tax', 'discount', 'fee'] as const;
