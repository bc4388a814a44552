// What returns and parcels of an order tell of its customer: the words of a return, the number under which a carrier
// knows a parcel and its address. Pure.
import { type Fulfilment, fulfilmentsOf } from '../fulfilments/fulfilment.ts';
import type { Order } from '../orders/order.ts';
import { type Return, returnsOf } from './return.ts';

type Told = Pick<Order, 'returns' | 'fulfilments'>;

/** True when something of it is left. */
export function tellsOfPerson(order: Told): boolean {
  return (
    returnsOf(order).some(hasWords) || fulfilmentsOf(order).some(({ trackingNumber }) => trackingNumber !== undefined)
  );
}

/** The fields without it; those that told nothing stay the same. */
export function withoutWords(order: Told): Told {
  if (!tellsOfPerson(order)) return {};
  return { returns: order.returns?.map(speechless), fulfilments: order.fulfilments?.map(untraceable) };
}

function hasWords({ lines, refusal }: Return): boolean {
  return refusal?.reason !== undefined || lines.some(({ reason }) => reason !== undefined);
}

function speechless(one: Return): Return {
  if (!hasWords(one)) return one;
  const lines = one.lines.map(({ variantId, quantity }) => ({ variantId, quantity }));
  if (one.refusal === undefined) return { ...one, lines };
  const { by, at } = one.refusal;
  return { ...one, lines, refusal: { by, at } };
}

function untraceable({ trackingNumber: _number, ...parcel }: Fulfilment): Fulfilment {
  return parcel;
}
