// Scoping mongoose queries.
// Invariant: a query leaves this hook pinned to the scope's tenant, or it throws; an upsert also carries every field
// that the schema requires, because mongoose does not check that.
import type mongoose from 'mongoose';
import { currentScope } from '../context.ts';
import { type Fields, isFields, pinnedTenant, readFilterHolds, writeFilterHolds } from '../guard/filter.ts';
import { checkKeepsTenant } from '../guard/tenant-field.ts';
import { refuse } from '../refusal.ts';

type AnyQuery = mongoose.Query<unknown, unknown>;

const replacements = new Set(['replaceOne', 'findOneAndReplace']);
const writes = new Set([
  ...replacements,
  'findOneAndUpdate',
  'findOneAndDelete',
  'updateOne',
  'updateMany',
  'deleteOne',
  'deleteMany',
]);

/** Adds the tenant to a query's filter, and checks its update. */
export function scopeQuery(query: AnyQuery): void {
  const { op } = query as unknown as { op: string };
  const where = `${query.model.modelName}.${op}`;
  if (op === 'estimatedDocumentCount') refuse(`${where}: an estimate counts every tenant's documents`);
  const options = query.getOptions();
  if (options.collation !== undefined) refuse(`${where}: a collation weakens the tenant's equality`);
  const tenantId = scopedTenant(query.getFilter(), where, writes.has(op));
  if (tenantId !== undefined) query.where({ tenantId });
  if (!isUpdate(op)) return;
  const owner = pinnedTenant(query.getFilter());
  const update = query.getUpdate();
  if (replacements.has(op) && isFields(update) && update.tenantId === undefined) {
    query.setUpdate({ ...update, tenantId: owner });
  }
  checkUpdate(query.getUpdate(), owner, where, replacements.has(op));
  if (options.upsert === true || replacements.has(op)) {
    checkRequired(query.model.schema, query.getFilter(), query.getUpdate(), where);
    query.setOptions({ runValidators: true });
  }
}

function isUpdate(op: string): boolean {
  return writes.has(op) && op !== 'deleteOne' && op !== 'deleteMany' && op !== 'findOneAndDelete';
}

/**
 * The tenant to add to a filter: the scope's, after comparing it with the one the caller gave.
 * Batches give their own; undefined then, and for system work.
 */
export function scopedTenant(filter: Fields, where: string, isWrite: boolean): string | undefined {
  const scope = currentScope();
  if (scope === undefined) return refuse(`${where}: has no tenant scope`);
  if (scope.kind === 'system') return undefined;
  if (scope.kind === 'tenants') {
    const holds = isWrite ? writeFilterHolds(scope, filter) : readFilterHolds(scope, filter);
    return holds ? undefined : refuse(`${where}: in a batch each filter names one of its tenants by equality`);
  }
  const own = 'tenantId' in filter ? pinnedTenant({ tenantId: filter.tenantId }) : scope.tenantId;
  return own === scope.tenantId ? scope.tenantId : refuse(`${where}: the filter names another tenant`);
}

/** Refuses an update that writes tenantId; mongoose also takes fields without an operator, meaning $set. */
export function checkUpdate(update: unknown, owner: string | undefined, where: string, isReplacement: boolean): void {
  if (!isFields(update) || isReplacement) {
    checkKeepsTenant(update, owner, where);
    return;
  }
  const operators: Record<string, unknown> = {};
  const set: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(update)) {
    if (name.startsWith('$')) operators[name] = value;
    else set[name] = value;
  }
  checkKeepsTenant({ ...operators, $set: { ...set, ...(isFields(update.$set) ? update.$set : {}) } }, owner, where);
}

/** Refuses an upsert or a replacement that could store a document without a field that the schema requires. */
export function checkRequired(schema: mongoose.Schema, filter: Fields, update: unknown, where: string): void {
  if (!isFields(update)) refuse(`${where}: an upsert must name its fields`);
  const given = new Set<string>();
  for (const [name, value] of Object.entries({ ...filter, ...update })) {
    if (!name.startsWith('$')) addPath(given, name, value);
    else if (isFields(value)) for (const [path, operand] of Object.entries(value)) addPath(given, path, operand);
  }
  for (const path of schema.requiredPaths(true)) {
    if (given.has(path) || schema.path(path)?.options.default !== undefined) continue;
    if ([...given].some((parent) => path.startsWith(`${parent}.`))) continue;
    refuse(`${where}: would store a document without ${path}`);
  }
}

function addPath(given: Set<string>, path: string, value: unknown): void {
  if (value !== undefined && value !== null) given.add(path);
}
