// A business signed up: it gets its main location.
import type { EventOf, tenantCreated, tenantSnapshot } from '@holdfast/shared/contracts';
import { type Location, mainLocation } from './location.ts';

export function onTenantCreated(
  event: EventOf<typeof tenantCreated> | EventOf<typeof tenantSnapshot>,
  now: Date,
): Location {
  return mainLocation(event.tenantid, now);
}
