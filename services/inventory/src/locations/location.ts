// A place where stock is kept. Every tenant starts with one, "main", whose id anybody can derive from the tenant's.
import { derivedId } from '@holdfast/shared/values';

export type Location = { id: string; tenantId: string; name: string; version: number; createdAt: Date };

/** The id of the tenant's main location. */
export function mainLocationIdOf(tenantId: string): string {
  return derivedId('loc', tenantId, 'main');
}

/** The location that a new tenant starts with. */
export function mainLocation(tenantId: string, now: Date): Location {
  return { id: mainLocationIdOf(tenantId), tenantId, name: 'main', version: 1, createdAt: now };
}
