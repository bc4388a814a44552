// A business signed up: it gets its main location.
import { type DomainEvent, isEvent, tenantCreated } from '@holdfast/shared/contracts';
import { type Location, mainLocation } from './location.ts';

/** The location that the event asks for, or undefined for any other event. */
export function onTenantCreated(event: DomainEvent, now: Date): Location | undefined {
  return isEvent(event, tenantCreated) ? mainLocation(event.tenantid, now) : undefined;
}
