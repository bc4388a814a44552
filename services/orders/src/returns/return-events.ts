// What a change of a return makes of its order, and what is published of it: never somebody's own words.
import {
  type DomainEvent,
  makeEvent,
  returnApproved,
  returnClosed,
  returnDeclined,
  returnReceived,
  returnRequested,
} from '@holdfast/shared/contracts';
import type { Stamp } from '@holdfast/shared/values';
import type { Effect } from '../orders/evolve.ts';
import type { Order } from '../orders/order.ts';
import type { ChangeFacts } from '../orders/order-events.ts';
import { withRecord } from '../payments/payment-events.ts';
import { paymentRecordedEvent } from '../payments/payment-publishing.ts';
import { type Return, type ReturnQuantity, returnsOf, statusOf } from './return.ts';
import type { ReturnEvent } from './returning.ts';

/** The return is in its order as it is now; the order stays in its state. */
export function effectOfReturn(order: Order, { returned, actor, record }: ReturnEvent): Effect {
  const known = returnsOf(order);
  const isKnown = known.some(({ id }) => id === returned.id);
  const returns = isKnown ? known.map((one) => (one.id === returned.id ? returned : one)) : [...known, returned];
  const word = statusOf(returned).toLowerCase();
  return {
    set: { ...(record && withRecord(order, record)), returns },
    entry: { event: `return.${word}`, actor, reason: `return ${word}` },
  };
}

const quantities = (lines: readonly ReturnQuantity[]) =>
  lines.map(({ variantId, quantity }) => ({ variantId, quantity }));

/** The event of the last thing that happened to the return. */
export function returnEvents(
  { returned, record }: ReturnEvent,
  { after, about, stamp }: { after: Order; about: ChangeFacts; stamp: Stamp },
): DomainEvent[] {
  const returnStatus = statusOf(returned);
  const facts = { ...about, returnId: returned.id, returnStatus };
  const lines = quantities(linesNow(returned));
  switch (returnStatus) {
    case 'REQUESTED':
      return [makeEvent(returnRequested, after, stamp, { ...facts, lines })];
    case 'APPROVED':
      return [makeEvent(returnApproved, after, stamp, { ...facts, lines })];
    case 'DECLINED':
      return [makeEvent(returnDeclined, after, stamp, { ...facts, lines })];
    case 'RECEIVED':
      return [makeEvent(returnReceived, after, stamp, { ...facts, lines: [...returned.receipt!.lines] })];
    case 'CLOSED': {
      const { refund } = returned.closing!;
      const closed = makeEvent(returnClosed, after, stamp, { ...facts, lines, ...(refund && { refund }) });
      return record ? [paymentRecordedEvent(record, after, { about, stamp }), closed] : [closed];
    }
    default:
      return returnStatus satisfies never;
  }
}

/** What came back of it, else what may, else what was to. */
function linesNow({ lines, approval, receipt }: Return): readonly ReturnQuantity[] {
  return receipt?.lines ?? approval?.lines ?? lines;
}
