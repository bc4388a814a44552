// Which commands may be sent in which scope.
// Invariant: what is not known is refused. Outside system work only the commands below pass, each with the tenant where
// the server will use it; evented collections keep their rules in every scope.
import type { Scope } from '../context.ts';
import { refuse } from '../refusal.ts';
import type { GuardRules } from '../rules.ts';
import { checkEventedRemoval } from './evented.ts';
import { type Fields, isFields, readFilterHolds } from './filter.ts';
import { checkPipeline } from './pipeline.ts';
import { checkInsert, checkRemoval, checkUpdate, type WritePlace } from './write.ts';

/** The parts of the driver's commandStarted event that the guard reads. */
export interface StartedCommand {
  readonly commandName: string;
  readonly databaseName: string;
  readonly command: Fields;
}

/** Commands that carry no data of anybody. */
const passing = new Set([
  'hello',
  'isMaster',
  'ismaster',
  'ping',
  'endSessions',
  'commitTransaction',
  'abortTransaction',
  'saslStart',
  'saslContinue',
  'authenticate',
]);

/** Commands that write in ways nobody can check. */
const neverAllowed = new Set(['applyOps', 'mapReduce', 'mapreduce']);
const removals = new Set(['drop', 'renameCollection', 'convertToCapped', 'dropDatabase']);

/** Throws TenancyViolation unless the command may be sent in this scope. getMore and killCursors: see cursors.ts. */
export function guardCommand(event: StartedCommand, scope: Scope | undefined, rules: GuardRules): void {
  const { commandName, command } = event;
  if (passing.has(commandName)) return;
  if (neverAllowed.has(commandName)) refuse(`${commandName}: is not allowed in any scope`);
  if (commandName === 'explain') {
    guardCommand(nested(command.explain, event.databaseName), scope, rules);
    return;
  }
  if (scope?.kind === 'system') {
    guardSystem(event, scope, rules);
    return;
  }
  if (commandName === 'bulkWrite') {
    checkBulkWrite(command, scope, rules);
    return;
  }
  const collection = command[commandName];
  if (typeof collection !== 'string') refuse(`${commandName}: is not allowed outside system work`);
  if (event.databaseName !== rules.database) refuse(`${commandName} ${collection}: belongs to another database`);
  if (scope === undefined && !rules.global.has(collection)) refuse(`${commandName} ${collection}: has no tenant scope`);
  checkCollation(command, commandName, collection);
  if (checkWrite(command, { command: commandName, collection, scope, rules })) return;
  checkRead(command, commandName, collection, scope, rules);
}

function nested(value: unknown, databaseName: string): StartedCommand {
  const command = isFields(value) ? value : {};
  return { commandName: Object.keys(command)[0] ?? '', databaseName, command };
}

// System work is not tenant-bound, but an evented document must publish whoever writes it.
function guardSystem(event: StartedCommand, scope: Scope, rules: GuardRules): void {
  const { commandName, command } = event;
  if (commandName === 'bulkWrite') {
    checkBulkWrite(command, scope, rules);
    return;
  }
  if (commandName === 'dropDatabase' && event.databaseName === rules.database && rules.evented.size > 0) {
    checkEventedRemoval(commandName, '', scope);
  }
  const collection = command[commandName];
  if (typeof collection !== 'string') return;
  if (commandName === 'aggregate') {
    checkTargets(command.pipeline, rules);
    return;
  }
  const name = commandName === 'renameCollection' ? collection.slice(collection.indexOf('.') + 1) : collection;
  if (!rules.evented.has(name) || (event.databaseName !== rules.database && event.databaseName !== 'admin')) return;
  if (removals.has(commandName)) checkEventedRemoval(commandName, name, scope);
  checkWrite(command, { command: commandName, collection, scope, rules });
}

function checkTargets(pipeline: unknown, rules: GuardRules): void {
  if (!Array.isArray(pipeline)) return;
  for (const stage of pipeline) {
    if (!isFields(stage)) continue;
    const target = stage.$out ?? (isFields(stage.$merge) ? stage.$merge.into : stage.$merge);
    const name = isFields(target) ? target.coll : target;
    if (typeof name === 'string' && rules.evented.has(name)) refuse(`aggregate: ${name} must publish its events`);
  }
}

function checkWrite(command: Fields, place: WritePlace): boolean {
  switch (place.command) {
    case 'insert':
      for (const document of statements(command.documents, place)) checkInsert(document, place);
      return true;
    case 'update':
      for (const entry of statements(command.updates, place)) {
        const { q, u, multi, upsert } = asFields(entry, place);
        checkCollation(asFields(entry, place), place.command, place.collection);
        checkUpdate({ filter: q, update: u, multi: multi === true, upsert: upsert === true }, place);
      }
      return true;
    case 'delete':
      for (const entry of statements(command.deletes, place)) {
        checkCollation(asFields(entry, place), place.command, place.collection);
        checkRemoval(asFields(entry, place).q, place);
      }
      return true;
    case 'findAndModify':
    case 'findandmodify':
      if (command.remove === true) checkRemoval(command.query, place);
      else {
        const upsert = command.upsert === true;
        checkUpdate({ filter: command.query, update: command.update, multi: false, upsert }, place);
      }
      return true;
    default:
      return false;
  }
}

function checkRead(
  command: Fields,
  name: string,
  collection: string,
  scope: Scope | undefined,
  rules: GuardRules,
): void {
  if (name === 'aggregate') {
    checkPipeline(command.pipeline, collection, scope, rules);
    return;
  }
  if (name !== 'find' && name !== 'count' && name !== 'distinct') {
    refuse(`${name} ${collection}: is not allowed outside system work`);
  }
  if (rules.global.has(collection)) return;
  const filter = name === 'find' ? command.filter : command.query;
  if (!readFilterHolds(scope, filter)) refuse(`${name} ${collection}: the filter is not pinned to the tenant`);
}

function checkBulkWrite(command: Fields, scope: Scope | undefined, rules: GuardRules): void {
  const spaces = Array.isArray(command.nsInfo) ? command.nsInfo : refuse('bulkWrite: has no namespaces');
  const operations = Array.isArray(command.ops) ? command.ops : refuse('bulkWrite: has no operations');
  for (const operation of operations) {
    if (!isFields(operation)) refuse('bulkWrite: an operation is malformed');
    const kind = Object.keys(operation)[0] ?? '';
    const space = spaces[Number(operation[kind])];
    const namespace = isFields(space) && typeof space.ns === 'string' ? space.ns : '';
    const collection = namespace.slice(rules.database.length + 1);
    if (namespace !== `${rules.database}.${collection}` || collection === '') {
      if (scope?.kind === 'system') continue;
      refuse('bulkWrite: belongs to another database');
    }
    checkBulkOperation(kind, operation, { command: 'bulkWrite', collection, scope, rules });
  }
}

function checkBulkOperation(kind: string, operation: Fields, place: WritePlace): void {
  if (place.scope?.kind !== 'system') checkCollation(operation, place.command, place.collection);
  const { filter, multi, upsert } = operation;
  if (kind === 'insert') {
    checkInsert(operation.document, place);
    return;
  }
  if (kind === 'delete') {
    checkRemoval(filter, place);
    return;
  }
  if (kind !== 'update') refuse(`bulkWrite ${place.collection}: an operation is not known`);
  checkUpdate({ filter, update: operation.updateMods, multi: multi === true, upsert: upsert === true }, place);
}

// A collation may let one tenant's id equal another's (case, accents, digits).
function checkCollation(fields: Fields, command: string, collection: string): void {
  if (fields.collation !== undefined) refuse(`${command} ${collection}: a collation weakens the tenant's equality`);
}

function statements(value: unknown, place: WritePlace): readonly unknown[] {
  if (!Array.isArray(value)) refuse(`${place.command} ${place.collection}: has no statements`);
  return value;
}

function asFields(value: unknown, place: WritePlace): Fields {
  if (!isFields(value)) refuse(`${place.command} ${place.collection}: a statement is malformed`);
  return value;
}
