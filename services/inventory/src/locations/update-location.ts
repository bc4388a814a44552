// Staff rename a location or change when it serves.
// Invariant: of two that take one name at the same time one is refused: both write the main location.
import { DomainError } from '@holdfast/shared/errors';
import { type Database, inTransaction, type Session } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Caller, type Clock, stampNow } from '@holdfast/shared/values';
import type { LocationStore } from './location.store.ts';
import {
  type Location,
  type LocationChange,
  type LocationPatch,
  mainLocationIdOf,
  patchLocation,
  withArrival,
} from './location.ts';

export type LocationDeps = { database: Database; locations: LocationStore; clock: Clock };
export type ChangeLocation = {
  caller: Pick<Caller, 'tenantId'>;
  id: string;
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
};
export type UpdateLocation = ChangeLocation & { patch: LocationPatch };

/** Throws `not_found`, `stale_version`, `location_taken`. */
export function updateLocation(command: UpdateLocation, deps: LocationDeps): Promise<Location> {
  const { caller, id, expectVersion, patch } = command;
  const { database, locations, clock } = deps;
  return inTransaction(database, async (session) => {
    const { live, lock } = await decideAmong(caller.tenantId, locations, session);
    const before = liveOne(live, id);
    expectVersion(before.version);
    const changed = patchLocation(before, patch, live, stampNow(clock, correlation()));
    if (!changed) return before;
    // The main location is its own lock.
    await locations.saveAll(lock.before?.id === id ? [changed] : [lock, changed], session);
    return changed.after;
  });
}

/** Throws `not_found`. */
export function liveOne(live: readonly Location[], id: string): Location {
  const found = live.find((location) => location.id === id);
  if (!found) throw new DomainError('not_found');
  return found;
}

/** The live locations of a tenant, and the write that keeps others from deciding on them at the same time. */
export async function decideAmong(
  tenantId: string,
  locations: Pick<LocationStore, 'ofTenants'>,
  session: Session,
): Promise<{ live: Location[]; lock: LocationChange }> {
  const live = await locations.ofTenants([tenantId], session);
  const main = live.find(({ id }) => id === mainLocationIdOf(tenantId));
  if (!main) throw new DomainError('not_found');
  return { live, lock: withArrival(main) };
}
