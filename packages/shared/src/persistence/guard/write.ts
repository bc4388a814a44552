// Checking single write statements: inserts, updates, removals, in whatever command they arrive.
// Invariant: a document is written only by its own tenant, and no write ever changes tenantId.
import type { Scope } from '../context.ts';
import { refuse } from '../refusal.ts';
import type { GuardRules } from '../rules.ts';
import { checkEventedRemoval, checkEventedUpdate, checkEvents } from './evented.ts';
import { isFields, pinnedTenant, scopeHolds } from './filter.ts';
import { checkKeepsTenant } from './tenant-field.ts';

export interface UpdateStatement {
  readonly filter: unknown;
  readonly update: unknown;
  readonly multi: boolean;
  readonly upsert: boolean;
}

export interface WritePlace {
  readonly command: string;
  readonly collection: string;
  readonly scope: Scope | undefined;
  readonly rules: GuardRules;
}

/** Refuses a document that is not of the scope's tenant, or whose events are not in order. */
export function checkInsert(document: unknown, place: WritePlace): void {
  const { collection, scope, rules } = place;
  if (!isFields(document)) refuse(`${place.command} ${collection}: a document must be a plain object`);
  const isGlobal = rules.global.has(collection);
  if (!isGlobal && !scopeHolds(scope, document.tenantId) && scope?.kind !== 'system') {
    refuse(`${place.command} ${collection}: the document's tenantId is not the scope's`);
  }
  if (!rules.evented.has(collection)) return;
  if (isGlobal) {
    checkEvents(document.events, collection, undefined, scope);
    return;
  }
  if (typeof document.tenantId !== 'string') refuse(`${place.command} ${collection}: the document has no tenantId`);
  checkEvents(document.events, collection, document.tenantId, scope);
}

/** Refuses an update that is not pinned to the scope's tenant, that touches tenantId, or that loses events. */
export function checkUpdate(statement: UpdateStatement, place: WritePlace): void {
  const { collection, scope, rules } = place;
  const owner = pinnedTenant(statement.filter);
  const isGlobal = rules.global.has(collection);
  if (!isGlobal && scope?.kind !== 'system') {
    if (!scopeHolds(scope, owner)) refuse(`${place.command} ${collection}: the filter is not pinned to the tenant`);
    checkKeepsTenant(statement.update, owner, `${place.command} ${collection}`);
  }
  if (!rules.evented.has(collection)) return;
  if (!isGlobal && owner === undefined) refuse(`${place.command} ${collection}: the filter is not pinned to a tenant`);
  checkEventedUpdate(statement, collection, isGlobal ? undefined : owner, scope);
}

/** Refuses a removal that is not pinned to the scope's tenant, or of evented documents. */
export function checkRemoval(filter: unknown, place: WritePlace): void {
  const { collection, scope, rules } = place;
  if (rules.evented.has(collection)) checkEventedRemoval(place.command, collection, scope);
  if (rules.global.has(collection) || scope?.kind === 'system') return;
  if (!scopeHolds(scope, pinnedTenant(filter))) {
    refuse(`${place.command} ${collection}: the filter is not pinned to the tenant`);
  }
}
