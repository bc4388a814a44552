// Where a change comes from, carried from a request or an event into the events that it leads to.
import type { DomainEvent } from '@holdfast/shared/contracts';

export type Cause = {
  correlationId?: string | undefined;
  /** The event that led to the change. */
  causationId?: string | undefined;
  traceparent?: string | undefined;
};

/** The cause that an event is for what follows from it. */
export function causeOf(event: DomainEvent): Cause {
  return { correlationId: event.correlationid, causationId: event.id, traceparent: event.traceparent };
}
