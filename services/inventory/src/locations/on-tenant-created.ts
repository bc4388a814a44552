// A business signed up: it gets its main location.
import type { EventOf, tenantCreated, tenantSnapshot } from '@holdfast/shared/contracts';
import { type LocationChange, mainLocation } from './location.ts';

export function onTenantCreated(
  event: EventOf<typeof tenantCreated> | EventOf<typeof tenantSnapshot>,
  now: Date,
): LocationChange {
  return mainLocation(event.tenantid, now);
}
