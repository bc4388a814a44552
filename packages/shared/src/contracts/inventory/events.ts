// Events of inventory. Outcomes of reservations carry the request that they answer; orders applies only the current one.
import { z } from 'zod';
import { defineEvent } from '../event.ts';

export const allocation = z.looseObject({ variantId: z.string(), locationId: z.string(), quantity: z.int().min(1) });
export const shortage = z.looseObject({ variantId: z.string(), requested: z.int(), available: z.int() });

const level = z.looseObject({
  variantId: z.string(),
  locationId: z.string(),
  onHand: z.int().min(0),
  reserved: z.int().min(0),
  available: z.int().min(0),
});

export const stockUpdated = defineEvent(
  'inventory',
  'stock.updated',
  1,
  'A stock level changed; one event per level and batch, with the absolute numbers.',
  level,
);
export const stockSnapshot = defineEvent(
  'inventory',
  'stock.snapshot',
  1,
  'A stock level as it is, told again.',
  level,
);
export const reservationHeld = defineEvent(
  'inventory',
  'reservation.held',
  1,
  'Every line of the request is reserved.',
  z.looseObject({ orderId: z.string(), request: z.int().min(1), allocations: z.array(allocation) }),
);
export const reservationRejected = defineEvent(
  'inventory',
  'reservation.rejected',
  1,
  'Not every line could be reserved, so none was.',
  z.looseObject({ orderId: z.string(), request: z.int().min(1), shortages: z.array(shortage) }),
);
export const reservationReleased = defineEvent(
  'inventory',
  'reservation.released',
  1,
  'What the order held, if anything, is available again.',
  z.looseObject({ orderId: z.string(), request: z.int().min(1), allocations: z.array(allocation) }),
);
export const reservationSnapshot = defineEvent(
  'inventory',
  'reservation.snapshot',
  1,
  "What came of an order's current request, told again.",
  z.looseObject({
    orderId: z.string(),
    request: z.int().min(1),
    outcome: z.enum(['held', 'rejected', 'released']),
    allocations: z.array(allocation),
    shortages: z.array(shortage),
  }),
);
export const adjustmentCreated = defineEvent(
  'inventory',
  'adjustment.created',
  1,
  'On hand was changed by hand.',
  z.looseObject({
    adjustmentId: z.string(),
    variantId: z.string(),
    locationId: z.string(),
    delta: z.int(),
    reason: z.string(),
  }),
);
