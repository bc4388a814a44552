// A place where stock is kept. Every tenant starts with one, "main", whose id anybody can derive from the tenant's.
import { derivedId } from '@holdfast/shared/values';
import { mainLocationsRememberedMax } from '../limits.ts';

export type Location = { id: string; tenantId: string; name: string; version: number; createdAt: Date };

const remembered = new Map<string, string>();

/** The id of the tenant's main location. */
export function mainLocationIdOf(tenantId: string): string {
  let id = remembered.get(tenantId);
  if (id === undefined) {
    if (remembered.size >= mainLocationsRememberedMax) remembered.clear();
    id = derivedId('loc', tenantId, 'main');
    remembered.set(tenantId, id);
  }
  return id;
}

/** The location that a new tenant starts with. */
export function mainLocation(tenantId: string, now: Date): Location {
  return { id: mainLocationIdOf(tenantId), tenantId, name: 'main', version: 1, createdAt: now };
}
