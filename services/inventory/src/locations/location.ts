// A place where stock is kept. Every tenant starts with one, "main", whose id anybody can derive from the tenant's.
// Invariants: names are unique among the live locations of a tenant, whatever their case; a deleted one stays as
// a tombstone without stock, so that its movements can be read and its id is never used again.
import {
  type DomainEvent,
  type EventDefinition,
  locationCreated,
  locationDeleted,
  locationPriorityMax,
  locationsMax,
  locationUpdated,
  makeEvent,
} from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { derivedId, type Stamp } from '@holdfast/shared/values';

export type Location = {
  id: string;
  tenantId: string;
  name: string;
  /** Orders are served from the lowest first. */
  priority: number;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
  /** Raised by whoever brings stock to where none was, so that a deletion of the same moment is decided again. */
  arrivals: number;
  /** For a repeated request: its first answer. Null without an Idempotency-Key. */
  creation: { requestHash: string; priority: number } | null;
};
export type LocationChange = { before?: Location | undefined; after: Location; events: DomainEvent[] };
type NewLocation = Pick<Location, 'id' | 'tenantId' | 'name' | 'createdAt'> & {
  priority?: number | undefined;
  requestHash: string | undefined;
};
export type LocationPatch = { name?: string | undefined; priority?: number | undefined };

/** The id of the tenant's main location. */
export function mainLocationIdOf(tenantId: string): string {
  return derivedId('loc', tenantId, 'main');
}

/** The location that a new tenant starts with. */
export function mainLocation(tenantId: string, now: Date): LocationChange {
  const id = mainLocationIdOf(tenantId);
  const after = newLocation({ id, tenantId, name: 'main', priority: 1, createdAt: now, creation: null });
  // Whoever comes first inserts it, with this event.
  const newEventId = () => derivedId('evt', tenantId, id, '1');
  return { after, events: [eventOf(locationCreated, after, { now, newEventId, cause: {} })] };
}

export function newLocation(
  facts: Pick<Location, 'id' | 'tenantId' | 'name' | 'priority' | 'createdAt' | 'creation'>,
): Location {
  return { ...facts, version: 1, updatedAt: facts.createdAt, deletedAt: null, arrivals: 0 };
}

/** By which names are compared. */
export const nameKeyOf = (name: string) => name.normalize('NFC').trim().toLowerCase();

/**
 * Adds a location to the live ones; without a priority it comes after all of them.
 * Throws `location_taken`, `too_many_locations`.
 */
export function addLocation(
  { requestHash, ...facts }: NewLocation,
  live: readonly Location[],
  stamp: Stamp,
): LocationChange {
  refuseTaken(facts.name, live);
  if (live.length >= locationsMax) throw new DomainError('too_many_locations');
  const last = Math.max(0, ...live.map(({ priority }) => priority));
  const priority = facts.priority ?? Math.min(last + 1, locationPriorityMax);
  const creation = requestHash === undefined ? null : { requestHash, priority };
  const after = newLocation({ ...facts, priority, creation });
  return { after, events: [eventOf(locationCreated, after, stamp)] };
}

/** Merges a patch; undefined when it changes nothing. Throws `location_taken`. */
export function patchLocation(
  before: Location,
  { name = before.name, priority = before.priority }: LocationPatch,
  live: readonly Location[],
  stamp: Stamp,
): LocationChange | undefined {
  if (name === before.name && priority === before.priority) return undefined;
  refuseTaken(
    name,
    live.filter(({ id }) => id !== before.id),
  );
  const after = { ...before, name, priority, version: before.version + 1, updatedAt: stamp.now };
  return { before, after, events: [eventOf(locationUpdated, after, stamp)] };
}

/** The tombstone of a location that nothing lies at and nothing is on the way to. Throws `last_location`. */
export function removeLocation(before: Location, stamp: Stamp): LocationChange {
  if (before.id === mainLocationIdOf(before.tenantId)) throw new DomainError('last_location');
  const after = { ...before, deletedAt: stamp.now, version: before.version + 1, updatedAt: stamp.now };
  return { before, after, events: [eventOf(locationDeleted, after, stamp)] };
}

/** Somebody brings stock here: a write that says nothing, and that a deletion of the same moment runs into. */
export function withArrival(before: Location): LocationChange {
  return { before, after: { ...before, arrivals: before.arrivals + 1 }, events: [] };
}

function refuseTaken(name: string, others: readonly Location[]): void {
  const other = others.find((one) => nameKeyOf(one.name) === nameKeyOf(name));
  if (other) throw new DomainError('location_taken', { extra: { locationId: other.id } });
}

/** What events tell of a location. */
export function dataOf({ id: locationId, name, priority }: Location) {
  return { locationId, name, priority };
}

function eventOf(
  definition: EventDefinition<typeof locationCreated.data>,
  location: Location,
  stamp: Stamp,
): DomainEvent {
  return makeEvent(definition, location, stamp, dataOf(location));
}
