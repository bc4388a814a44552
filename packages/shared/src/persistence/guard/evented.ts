// Rules for writing documents that carry their events.
// Invariant: each write sets `events` as a whole. A push, a dotted path, a replacement, a pipeline, a write of many or
// a delete publishes nothing or the wrong thing, silently, so all of them are refused in every scope.
import type { Scope } from '../context.ts';
import { eventBytesPerWriteMax, eventsPerWriteMax } from '../limits.ts';
import { refuse } from '../refusal.ts';
import { type Fields, isFields, scopeHolds } from './filter.ts';
import type { UpdateStatement } from './write.ts';

/** No UTF-16 code unit takes more bytes than this in UTF-8. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

const isEventsPath = (path: unknown): boolean =>
  typeof path === 'string' && (path === 'events' || path.startsWith('events.'));

/**
 * Refuses anything but an array of at most 64 events and 256 KiB of text, each `{ id, tenantId, body }` of the owner.
 * Without an owner (a document that belongs to no tenant) every entry must lie inside the scope.
 */
export function checkEvents(
  events: unknown,
  collection: string,
  owner: string | undefined,
  scope: Scope | undefined,
): void {
  if (!Array.isArray(events)) refuse(`${collection}: a write must set events as a whole array`);
  if (events.length > eventsPerWriteMax) refuse(`${collection}: more than ${eventsPerWriteMax} events`);
  let length = 0;
  for (const event of events) {
    if (!isFields(event)) refuse(`${collection}: an event must be an object`);
    const { id, tenantId, body } = event;
    if (typeof id !== 'string' || id === '' || typeof body !== 'string' || body === '') {
      refuse(`${collection}: an event needs id, tenantId and body as text`);
    }
    const mayBelong = owner === undefined ? mayPublishFor(scope, tenantId) : tenantId === owner;
    if (!mayBelong) refuse(`${collection}: an event belongs to another tenant than its document`);
    length += body.length;
  }
  if (length * UTF8_BYTES_PER_UNIT_MAX > eventBytesPerWriteMax) checkBytes(events, collection);
}

// Counting bytes is dear on the hot path, so only texts that might be too long are counted.
function checkBytes(events: readonly { body: string }[], collection: string): void {
  let bytes = 0;
  for (const { body } of events) bytes += Buffer.byteLength(body);
  if (bytes > eventBytesPerWriteMax) {
    refuse(`${collection}: more than ${eventBytesPerWriteMax} bytes of events`);
  }
}

function mayPublishFor(scope: Scope | undefined, tenantId: unknown): boolean {
  return scope === undefined ? typeof tenantId === 'string' && tenantId !== '' : scopeHolds(scope, tenantId);
}

/** Refuses an update of an evented document that does not set `events` as a whole, exactly once. */
export function checkEventedUpdate(
  statement: UpdateStatement,
  collection: string,
  owner: string | undefined,
  scope: Scope | undefined,
): void {
  const { update } = statement;
  if (statement.multi) refuse(`${collection}: an evented collection is updated one document at a time`);
  if (!isFields(update)) refuse(`${collection}: a pipeline update cannot carry events`);
  const operators = Object.keys(update);
  if (operators.length === 0 || !operators.every((operator) => operator.startsWith('$'))) {
    refuse(`${collection}: a replacement cannot carry events`);
  }
  for (const operator of operators) checkOperator(operator, update[operator], collection);
  const set: Fields = isFields(update.$set) ? update.$set : {};
  const onInsert: Fields = isFields(update.$setOnInsert) ? update.$setOnInsert : {};
  const events = 'events' in set ? set.events : onInsert.events;
  // Without $set.events a matched document would change silently, unless the update only ever inserts.
  const onlyInserts = statement.upsert && operators.every((operator) => operator === '$setOnInsert');
  if (!('events' in set) && !onlyInserts) refuse(`${collection}: a write must set events as a whole array`);
  checkEvents(events, collection, owner, scope);
}

function checkOperator(operator: string, value: unknown, collection: string): void {
  if (!isFields(value)) refuse(`${collection}: ${operator} is malformed`);
  for (const [path, operand] of Object.entries(value)) {
    const setsWhole = path === 'events' && (operator === '$set' || operator === '$setOnInsert');
    if (isEventsPath(path) && !setsWhole) refuse(`${collection}: ${operator} must not touch events`);
    if (operator === '$rename' && isEventsPath(operand)) refuse(`${collection}: ${operator} must not touch events`);
  }
}

/** Refuses removing evented documents, except by system work whose reason starts with "purge". */
export function checkEventedRemoval(command: string, collection: string, scope: Scope | undefined): void {
  if (scope?.kind === 'system' && scope.reason.startsWith('purge')) return;
  refuse(`${command} ${collection}: evented documents are never removed; removal is a status`);
}
