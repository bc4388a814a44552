// Where the tenants of a run keep their stock: one to three locations with priorities of their own.
import type { Location } from '../../../services/inventory/src/locations/location.ts';
import { mainLocationIdOf, newLocation } from '../../../services/inventory/src/locations/location.ts';

/** The same for a seed and a tenant, whoever asks; a third of the tenants has the main location only. */
export function placesOf(seed: number, tenantId: string, now: Date): Location[] {
  const kind = (seed + tenantId.charCodeAt(tenantId.length - 1)) % 9;
  const at = (id: string, priority: number) =>
    newLocation({ id, tenantId, name: id, priority, createdAt: now, creation: null });
  const main = (priority: number) => at(mainLocationIdOf(tenantId), priority);
  const second = (priority: number) => at(`loc_second_${tenantId}`, priority);
  const third = (priority: number) => at(`loc_third_${tenantId}`, priority);
  switch (kind) {
    case 0:
      return [main(1), second(2)];
    case 1:
      return [main(2), second(1)];
    case 2:
      return [main(1), second(1)];
    case 3:
      return [main(2), second(1), third(1)];
    case 4:
      return [main(1), second(1), third(1)];
    case 5:
      return [main(3), second(2), third(1)];
    default:
      return [main(1)];
  }
}
