// Inventory has a location, or has it no more.
import type {
  EventOf,
  locationCreated,
  locationDeleted,
  locationSnapshot,
  locationUpdated,
} from '@holdfast/shared/contracts';
import type { LocationState } from './locations.store.ts';

type LocationEvent =
  | EventOf<typeof locationCreated>
  | EventOf<typeof locationUpdated>
  | EventOf<typeof locationDeleted>
  | EventOf<typeof locationSnapshot>;

export function onLocationChanged(
  { tenantid: tenantId, aggregateversion: version, data }: LocationEvent,
  isDeleted = 'isDeleted' in data && data.isDeleted === true,
): LocationState {
  return { id: data.locationId, tenantId, isDeleted, version };
}
