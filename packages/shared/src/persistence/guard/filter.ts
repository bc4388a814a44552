// Reading the tenant out of a filter.
// Invariant: a filter counts as pinned only by an equality in AND position; text that merely mentions tenantId,
// an operator, a range, a list or an alternative never does.
import type { Scope } from '../context.ts';
import { nestingMax } from '../limits.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** True for a plain object whose fields are what the driver will send. */
export function isFields(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Map) return false;
  // The serializer sends what toBSON returns instead of what can be seen here.
  return !('toBSON' in value) || typeof value.toBSON !== 'function';
}

/** True when the scope may touch this tenant's data; system and missing scopes are the caller's business. */
export function scopeHolds(scope: Scope | undefined, tenantId: unknown): boolean {
  if (typeof tenantId !== 'string' || scope === undefined) return false;
  if (scope.kind === 'tenant') return scope.tenantId === tenantId;
  if (scope.kind === 'tenants') return scope.tenantIds.has(tenantId);
  return tenantId !== '';
}

const MANY = Symbol('more than one condition, or not an equality');

function equalityOf(condition: unknown): string | typeof MANY {
  if (typeof condition === 'string') return condition;
  if (!isFields(condition)) return MANY;
  const keys = Object.keys(condition);
  const value = condition.$eq;
  return keys.length === 1 && typeof value === 'string' ? value : MANY;
}

function collect(filter: Fields, depth: number): string | typeof MANY | undefined {
  if (depth > nestingMax) return MANY;
  let pinned: string | undefined;
  if ('tenantId' in filter) {
    const own = equalityOf(filter.tenantId);
    if (own === MANY) return MANY;
    pinned = own;
  }
  const all = filter.$and;
  if (!Array.isArray(all)) return pinned;
  for (const branch of all) {
    if (!isFields(branch)) return MANY;
    const inner = collect(branch, depth + 1);
    if (inner === MANY || (inner !== undefined && pinned !== undefined && inner !== pinned)) return MANY;
    pinned ??= inner;
  }
  return pinned;
}

/** The one tenant that a filter is pinned to, or undefined. */
export function pinnedTenant(filter: unknown): string | undefined {
  if (!isFields(filter)) return undefined;
  const found = collect(filter, 0);
  return found === MANY ? undefined : found;
}

/** True when a write's filter stays inside the scope: one equality on one of its tenants. */
export function writeFilterHolds(scope: Scope | undefined, filter: unknown): boolean {
  return scopeHolds(scope, pinnedTenant(filter));
}

/**
 * True when a read's filter stays inside the scope: one equality, or in a batch scope an $or of which every branch
 * has one.
 */
export function readFilterHolds(scope: Scope | undefined, filter: unknown): boolean {
  if (writeFilterHolds(scope, filter)) return true;
  if (scope?.kind !== 'tenants' || !isFields(filter) || 'tenantId' in filter) return false;
  const branches = filter.$or;
  if (!Array.isArray(branches) || branches.length === 0) return false;
  return branches.every((branch) => writeFilterHolds(scope, branch));
}
