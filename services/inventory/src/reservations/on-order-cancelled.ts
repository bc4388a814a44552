// An order ended before shipping: a request to give back what it holds.
import { type DomainEvent, isEvent, orderCancelled } from '@holdfast/shared/contracts';
import { causeOf } from '../cause.ts';
import type { CancelRequest } from './reserve-stock.ts';

/** The request of the event, answered under this event id; undefined for any other event. */
export function onOrderCancelled(event: DomainEvent, outcomeEventId: string): CancelRequest | undefined {
  if (!isEvent(event, orderCancelled)) return undefined;
  const { orderId, request } = event.data;
  const reason = event.data.reason === 'undecided' ? 'order_undecided' : 'order_cancelled';
  return {
    kind: 'cancel',
    tenantId: event.tenantid,
    orderId,
    request,
    outcomeEventId,
    reason,
    cause: causeOf(event),
  };
}
