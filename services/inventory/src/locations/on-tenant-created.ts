// A business signed up, or was told again: it gets its main location.
import { type DomainEvent, isEvent, tenantCreated, tenantSnapshot } from '@holdfast/shared/contracts';
import { type Location, mainLocation } from './location.ts';

/** The location that the event asks for, or undefined for any other event. */
export function onTenantCreated(event: DomainEvent, now: Date): Location | undefined {
  return isEvent(event, tenantCreated) || isEvent(event, tenantSnapshot)
    ? mainLocation(event.tenantid, now)
    : undefined;
}
