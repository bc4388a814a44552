// What is published of parcels: what left and from where, never with whom or under which number.
import {
  type DomainEvent,
  fulfilmentDelivered,
  fulfilmentShipped,
  makeEvent,
  orderDelivered,
  orderEdited,
  orderRestCancelled,
  orderShipped,
} from '@holdfast/shared/contracts';
import type { Stamp } from '@holdfast/shared/values';
import type { Order } from '../orders/order.ts';
import type { ChangeFacts } from '../orders/order-events.ts';
import { type Fulfilment, fulfilmentsOf, outstandingOf } from './fulfilment.ts';
import type { ReallocationEvent } from './reallocation.ts';
import type { FulfilmentEvent } from './shipping.ts';

type Change = { before: Order; after: Order; about: ChangeFacts; stamp: Stamp };

/** The events of a parcel, its correction, its arrival, or of giving up the rest; the parcel's before the order's. */
export function fulfilmentEvents(
  event: FulfilmentEvent | ReallocationEvent,
  { before, after, about, stamp }: Change,
): DomainEvent[] {
  const told = ({ id: fulfilmentId, lines }: Fulfilment) => ({ ...about, fulfilmentId, lines: [...lines] });
  switch (event.type) {
    case 'shipped':
      return [
        makeEvent(fulfilmentShipped, after, stamp, told(event.fulfilment)),
        makeEvent(orderShipped, after, stamp, about),
      ];
    case 'delivered': {
      const arrived = fulfilmentsOf(after).filter(({ id }) => event.fulfilmentIds.includes(id));
      const parcels = arrived.map((one) => makeEvent(fulfilmentDelivered, after, stamp, told(one)));
      return event.isComplete ? [...parcels, makeEvent(orderDelivered, after, stamp, about)] : parcels;
    }
    case 'reallocated':
    case 'corrected': {
      const lines = after.lines.map(({ variantId, quantity }) => ({ variantId, quantity }));
      return [makeEvent(orderEdited, after, stamp, { ...about, lines, total: after.total })];
    }
    case 'rest_cancelled': {
      const data = { ...about, lines: outstandingOf(before), total: after.total };
      return [makeEvent(orderRestCancelled, after, stamp, data)];
    }
    default:
      return event satisfies never;
  }
}
