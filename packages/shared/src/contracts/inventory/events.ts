// Events of inventory. Outcomes of reservations carry the request that they answer;
// orders applies only the current one.
import { z } from 'zod';
import { defineEvents } from '../event.ts';

export const allocation = z.looseObject({ variantId: z.string(), locationId: z.string(), quantity: z.int().min(1) });
export const shortage = z.looseObject({ variantId: z.string(), requested: z.int(), available: z.int() });

const level = z.looseObject({
  variantId: z.string(),
  locationId: z.string(),
  onHand: z.int().min(0),
  reserved: z.int().min(0),
  available: z.int().min(0),
});

const changedLevel = z.looseObject({
  ...level.shape,
  others: z
    .array(
      z.looseObject({
        locationId: z.string(),
        onHand: z.int().min(0),
        reserved: z.int().min(0),
        available: z.int().min(0),
        version: z.int().min(1),
      }),
    )
    .optional()
    .describe('What the other locations had of the variant at that time; absent where there is no other.'),
});

const location = z.looseObject({ locationId: z.string(), name: z.string(), priority: z.int().min(1) });

const adjustment = z.looseObject({
  adjustmentId: z.string(),
  variantId: z.string(),
  locationId: z.string(),
  delta: z.int(),
  reason: z.string(),
});
const transfer = z.looseObject({
  transferId: z.string(),
  fromLocationId: z.string(),
  toLocationId: z.string(),
  status: z.enum(['DRAFT', 'SHIPPED', 'RECEIVED', 'CANCELLED']),
  lines: z.array(
    z.looseObject({
      variantId: z.string(),
      quantity: z.int().min(1),
      received: z.int().min(0).optional(),
      shortage: z.int().min(0).optional(),
    }),
  ),
});

export const inventoryEvents = defineEvents('inventory', {
  stockUpdated: {
    name: 'stock.updated',
    summary: 'A stock level changed; one event per level and batch, with the absolute numbers.',
    data: changedLevel,
  },
  stockSnapshot: {
    name: 'stock.snapshot',
    summary: 'Full state of a stock level, re-emitted for resync.',
    data: level,
  },
  reservationHeld: {
    name: 'reservation.held',
    summary: 'Every line of the request is reserved.',
    data: z.looseObject({ orderId: z.string(), request: z.int().min(1), allocations: z.array(allocation) }),
  },
  reservationRejected: {
    name: 'reservation.rejected',
    summary: 'Not every line could be reserved, so none was.',
    data: z.looseObject({ orderId: z.string(), request: z.int().min(1), shortages: z.array(shortage) }),
  },
  reservationReleased: {
    name: 'reservation.released',
    summary: 'What the order held, if anything, is available again.',
    data: z.looseObject({ orderId: z.string(), request: z.int().min(1), allocations: z.array(allocation) }),
  },
  reservationConsumed: {
    name: 'reservation.consumed',
    summary: 'What left in a parcel of the order is on hand and reserved no more.',
    data: z.looseObject({
      orderId: z.string(),
      request: z.int().min(1),
      fulfilmentId: z.string(),
      allocations: z.array(allocation),
    }),
  },
  reservationSnapshot: {
    name: 'reservation.snapshot',
    summary: "Outcome of an order's current request, re-emitted for resync.",
    data: z.looseObject({
      orderId: z.string(),
      request: z.int().min(1),
      outcome: z.enum(['held', 'rejected', 'released']),
      allocations: z.array(allocation),
      shortages: z.array(shortage),
    }),
  },
  locationCreated: { name: 'location.created', summary: 'Stock can be kept at another place.', data: location },
  locationUpdated: {
    name: 'location.updated',
    summary: 'A location was renamed, or serves orders earlier or later.',
    data: location,
  },
  locationDeleted: {
    name: 'location.deleted',
    summary: 'An empty location is gone; its id is not used again.',
    data: location,
  },
  locationSnapshot: {
    name: 'location.snapshot',
    summary: 'Full state of a location, re-emitted for resync.',
    data: z.looseObject({ ...location.shape, isDeleted: z.boolean() }),
  },
  transferCreated: {
    name: 'transfer.created',
    summary: 'Stock is to move to another location; nothing has left yet.',
    data: transfer,
  },
  transferShipped: {
    name: 'transfer.shipped',
    summary: 'Stock has left its location and is available nowhere.',
    data: transfer,
  },
  transferReceived: {
    name: 'transfer.received',
    summary: 'What arrived is at its new location; `shortage` tells what did not.',
    data: transfer,
  },
  transferCancelled: {
    name: 'transfer.cancelled',
    summary: 'A transfer was called off; what had left is back where it came from.',
    data: transfer,
  },
  transferSnapshot: {
    name: 'transfer.snapshot',
    summary: 'Full state of a transfer, re-emitted for resync.',
    data: transfer,
  },
  adjustmentCreated: {
    name: 'adjustment.created',
    summary: 'On hand was changed by hand.',
    data: adjustment,
  },
  adjustmentUpdated: {
    name: 'adjustment.updated',
    summary: 'An adjustment was corrected; `difference` is what that added to what is on hand.',
    data: z.looseObject({ ...adjustment.shape, difference: z.int() }),
  },
  adjustmentDeleted: {
    name: 'adjustment.deleted',
    summary: 'An adjustment was taken back; `difference` is the inverse of what it had moved.',
    data: z.looseObject({ ...adjustment.shape, difference: z.int() }),
  },
  adjustmentWaiting: {
    name: 'adjustment.waiting',
    summary:
      'A forced change of stock waits for orders to give back what it takes. Orders cancels these, where it can, until `cancelBefore`.',
    data: z.looseObject({
      ...adjustment.shape,
      difference: z.int(),
      orderIds: z.array(z.string()),
      cancelBefore: z.iso.datetime(),
    }),
  },
  adjustmentRefused: {
    name: 'adjustment.refused',
    summary: 'A forced change of stock was given up: not enough was given back in time.',
    data: z.looseObject({ ...adjustment.shape, difference: z.int() }),
  },
  reconciliationDriftFound: {
    name: 'reconciliation.drift_found',
    summary: 'A reconciliation has seen the same differences twice: somebody has to look at them.',
    data: z.looseObject({ reconciliationId: z.string(), count: z.int().min(1), kinds: z.array(z.string()) }),
  },
});
export const {
  stockUpdated,
  stockSnapshot,
  reservationHeld,
  reservationRejected,
  reservationReleased,
  reservationConsumed,
  reservationSnapshot,
  locationCreated,
  locationUpdated,
  locationDeleted,
  locationSnapshot,
  transferCreated,
  transferShipped,
  transferReceived,
  transferCancelled,
  transferSnapshot,
  adjustmentCreated,
  adjustmentUpdated,
  adjustmentDeleted,
  adjustmentWaiting,
  adjustmentRefused,
  reconciliationDriftFound,
} = inventoryEvents;
