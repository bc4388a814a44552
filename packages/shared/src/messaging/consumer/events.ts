// Reading one stream entry: is it an event that this consumer can handle? Invariant: an entry is handled, skipped (a
// type nobody here knows or wants), refused for good (a dead letter) or stops its partition (a version from the
// future); nothing else.
import {
  allEvents,
  type DomainEvent,
  mayHoldReservedKey,
  parseEventType,
  reservedKeyIn,
} from '../../contracts/index.ts';
import { partitionOf } from '../../values/index.ts';
import type { ConsumerTable } from './ports.ts';

const byType = new Map(allEvents.map((definition) => [definition.type, definition]));
const names = new Set(allEvents.map(({ name }) => name));

export type Reading =
  | { readonly kind: 'event'; readonly event: DomainEvent }
  | { readonly kind: 'skip' }
  | { readonly kind: 'unknown_version' }
  | { readonly kind: 'refused'; readonly tenantId: string; readonly subject: string; readonly error: string };

const refused = (error: string, event?: DomainEvent): Reading => {
  return { kind: 'refused', tenantId: event?.tenantid ?? '', subject: event ? subjectOf(event) : '', error };
};

/** The aggregate that an event is of; '' when it does not say. */
export function subjectOf(event: DomainEvent): string {
  const { partitionkey, subject } = event as Partial<DomainEvent>;
  return typeof partitionkey === 'string' ? partitionkey : typeof subject === 'string' ? subject : '';
}

/** The types that a consumer of this table wants; undefined: all that are known. */
export function wantedTypes({ events }: ConsumerTable): ReadonlySet<string> | undefined {
  return events && new Set(events.map(({ type }) => type));
}

/**
 * Reads an entry of this partition. Loose: members that are not in the schema are kept, so additions keep the version.
 */
export function readEntry(text: string, partition: number, types?: ReadonlySet<string>): Reading {
  const event = parse(text);
  if (!event) return refused('not a CloudEvent with id, type, tenantid and data');
  if (partitionOf(event.tenantid) !== partition) return refused('its tenant belongs to another partition', event);
  const definition = byType.get(event.type);
  if (!definition) return { kind: isFutureVersion(event.type) ? 'unknown_version' : 'skip' };
  if (types && !types.has(event.type)) return { kind: 'skip' };
  const reserved = mayHoldReservedKey(text) ? reservedKeyIn(event) : undefined;
  if (reserved !== undefined) return refused(`it has the reserved key ${reserved}`, event);
  const data = definition.data.safeParse(event.data);
  if (!data.success) return refused(`its data does not fit ${event.type}: ${data.error.message}`, event);
  return { kind: 'event', event: { ...event, data: data.data as Record<string, unknown> } };
}

function parse(text: string): DomainEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isEnvelope(event) ? event : undefined;
}

function isEnvelope(event: unknown): event is DomainEvent {
  if (typeof event !== 'object' || event === null) return false;
  const { id, type, tenantid, data } = event as Record<string, unknown>;
  const named = [id, type, tenantid].every((text) => typeof text === 'string' && text !== '');
  return named && typeof data === 'object' && data !== null;
}

// A name that we know in another version only; versions that we once knew are never removed from the contracts.
function isFutureVersion(type: string): boolean {
  const parsed = parseEventType(type);
  return parsed !== undefined && names.has(parsed.name);
}
