// On whose behalf the current work runs.
// Invariant: data of a tenant is touched only inside a scope that names this tenant; the scope follows awaits,
// and is entered anew at every hop (HTTP, stream, job, socket, timer), because nothing carries it there.
import { AsyncLocalStorage } from 'node:async_hooks';
import { systemReasonsMax } from './limits.ts';
import { leaveWatch } from './refusal.ts';
import { TenancyViolation } from './tenancy-violation.ts';

export type TenantScope = { readonly kind: 'tenant'; readonly tenantId: string };
export type TenantsScope = {
  readonly kind: 'tenants';
  readonly tenantIds: ReadonlySet<string>;
  readonly reason: string;
};
export type SystemScope = { readonly kind: 'system'; readonly reason: string };
export type Scope = TenantScope | TenantsScope | SystemScope;

const storage = new AsyncLocalStorage<Scope | undefined>();
const systemUses = new Map<string, number>();

function requireTenantId(tenantId: unknown): asserts tenantId is string {
  if (typeof tenantId !== 'string' || tenantId === '') throw new TenancyViolation('a tenant id must be non-empty text');
}

function requireReason(reason: unknown): asserts reason is string {
  if (typeof reason !== 'string' || reason === '') throw new TenancyViolation('this scope needs a reason');
}

// The await runs a lazy mongoose query inside the scope: returned as it is, it would execute outside.
function run<T>(scope: Scope, work: () => PromiseLike<T>): Promise<T> {
  return storage.run(scope, async () => await work());
}

/** Runs work for one tenant; leaves any outer scope. Throws TenancyViolation if tenantId is not text. */
export async function asTenant<T>(tenantId: string, work: () => PromiseLike<T>): Promise<T> {
  requireTenantId(tenantId);
  return run({ kind: 'tenant', tenantId }, work);
}

/** Runs a batch for exactly these tenants; leaves any outer scope. The reason is a constant, for logs. */
export async function asTenants<T>(
  tenantIds: Iterable<string>,
  reason: string,
  work: () => PromiseLike<T>,
): Promise<T> {
  requireReason(reason);
  const set = new Set(tenantIds);
  for (const tenantId of set) requireTenantId(tenantId);
  return run({ kind: 'tenants', tenantIds: set, reason }, work);
}

/** Runs work of the platform itself, over all tenants; counted per reason, which is a constant of the code. */
export async function asSystem<T>(reason: string, work: () => PromiseLike<T>): Promise<T> {
  requireReason(reason);
  const key = systemUses.has(reason) || systemUses.size < systemReasonsMax ? reason : 'other';
  systemUses.set(key, (systemUses.get(key) ?? 0) + 1);
  return run({ kind: 'system', reason }, work);
}

/** The scope of the running work, or undefined outside any. */
export function currentScope(): Scope | undefined {
  return storage.getStore();
}

/** Runs work without any scope: for batchers and timers that are started while a request runs. */
export function outsideContext<T>(work: () => T): T {
  return storage.run(undefined, () => leaveWatch(work));
}

/** How often asSystem was entered since the process started, per reason. */
export function systemScopeUses(): ReadonlyMap<string, number> {
  return systemUses;
}
