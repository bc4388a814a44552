// Erasing what an order tells of a person. Pure.
import type { PaymentRecord } from '../payments/payment.ts';
import { tellsOfPerson, withoutWords } from '../returns/erase-words.ts';
import type { OrderEvent } from './evolve.ts';
import type { Order, TimelineEntry } from './order.ts';

/** Erases what tells of a person; undefined when nothing does. */
export function decideErasure(order: Order, now: Date): OrderEvent | undefined {
  const { shippingAddress, note, metadata, timeline, edit, editMetadata, placed, placedMetadata } = order;
  const kept = [edit?.shippingAddress, edit?.note, editMetadata, placed?.shippingAddress, placed?.note, placedMetadata];
  const isPersonal = [shippingAddress, note, metadata, ...kept].some((field) => field !== undefined);
  return isPersonal || tellsOfPerson(order) || timeline.some(isFreeText) || hasReasons(order.payments)
    ? { type: 'erased', at: now }
    : undefined;
}

/** What is left of the fields that told of one. */
export function erased(order: Order): Partial<Order> {
  const { timeline, cancelReason, payments, edit, placed } = order;
  return {
    ...withoutWords(order),
    edit: edit && withoutPersonal(edit),
    editMetadata: undefined,
    placed: placed && withoutPersonal(placed),
    placedMetadata: undefined,
    shippingAddress: undefined,
    note: undefined,
    metadata: undefined,
    cancelReason: cancelReason !== null && timeline.some(isFreeText) ? erasedText : cancelReason,
    ...(hasReasons(payments) && {
      payments: payments.map((one) => (one.reason ? { ...one, reason: erasedText } : one)),
    }),
    timeline: timeline.map((one) => (isFreeText(one) ? { ...one, reason: erasedText } : one)),
  };
}

function withoutPersonal<Kept extends Pick<Order, 'shippingAddress' | 'note'>>(kept: Kept) {
  const { shippingAddress: _address, note: _note, ...rest } = kept;
  return rest;
}

const erasedText = 'erased';
/** Somebody's own words. */
const isFreeText = ({ event = 'order.cancelled', to, actor, reason }: TimelineEntry) =>
  ((event === 'order.cancelled' && to === 'CANCELLED') || event === 'order.rest_cancelled') &&
  actor !== 'system' &&
  reason !== erasedText;
const hasReasons = (payments: Order['payments']): payments is PaymentRecord[] =>
  payments?.some(({ reason }) => reason !== undefined && reason !== erasedText) ?? false;
