// Scoping documents that mongoose writes: save, insertMany, bulkWrite, bulkSave.
// Invariant: a new document gets the scope's tenant before it is validated; one of another tenant is refused.
import type mongoose from 'mongoose';
import { currentScope } from '../context.ts';
import { isFields, pinnedTenant, scopeHolds } from '../guard/filter.ts';
import { refuse } from '../refusal.ts';
import { checkRequired, checkUpdate, scopedTenant } from './query.ts';

export type AnyDocument = mongoose.Document;

/** Gives a new document the tenant of its scope, so that validation finds it. */
export function stampNew(document: AnyDocument): void {
  const scope = currentScope();
  if (scope?.kind !== 'tenant' || !document.isNew) return;
  if (document.get('tenantId') == null) document.set('tenantId', scope.tenantId);
}

/** Refuses to save a document of another tenant, of none, or one whose tenant was changed or not loaded. */
export function scopeSave(document: AnyDocument): void {
  if (currentScope() === undefined) refuse('save: has no tenant scope');
  stampNew(document);
  if (!document.isNew && document.isModified('tenantId')) refuse('save: tenantId is never written');
  if (!scopeHolds(currentScope(), document.get('tenantId'))) refuse("save: the document's tenantId is not the scope's");
}

/** Gives the documents their tenant in place, or refuses them. */
export function scopeInsertMany(documents: unknown): void {
  const list = Array.isArray(documents) ? documents : [documents];
  for (const document of list) stampInsert(document, 'insertMany');
}

function stampInsert(document: unknown, where: string): void {
  const scope = currentScope();
  if (scope === undefined) refuse(`${where}: has no tenant scope`);
  if (typeof document !== 'object' || document === null) refuse(`${where}: a document must be an object`);
  const target: { tenantId?: unknown } = document;
  if (scope.kind === 'tenant' && target.tenantId == null) target.tenantId = scope.tenantId;
  if (!scopeHolds(scope, target.tenantId)) refuse(`${where}: the document's tenantId is not the scope's`);
}

/** Adds the tenant to every operation in place, or refuses it. */
export function scopeBulkWrite(schema: mongoose.Schema, operations: unknown, options: unknown): void {
  const settings = isFields(options) ? options : {};
  if (settings.ordered === false && settings.throwOnValidationError !== true) {
    refuse('bulkWrite: unordered needs throwOnValidationError, or invalid operations vanish');
  }
  if (!Array.isArray(operations)) refuse('bulkWrite: operations must be an array');
  for (const operation of operations) {
    const [kind] = isFields(operation) ? Object.keys(operation) : [];
    const body = kind === undefined ? undefined : operation[kind];
    if (kind === undefined || !isFields(body)) refuse('bulkWrite: an operation is malformed');
    scopeOperation(schema, kind, body);
  }
}

function scopeOperation(schema: mongoose.Schema, kind: string, body: Record<string, unknown>): void {
  const where = `bulkWrite ${kind}`;
  if (kind === 'insertOne') {
    stampInsert(body.document, where);
    return;
  }
  if (body.collation !== undefined) refuse(`${where}: a collation weakens the tenant's equality`);
  const filter = isFields(body.filter) ? body.filter : {};
  const tenantId = scopedTenant(filter, where, true);
  if (tenantId !== undefined) body.filter = { ...filter, tenantId };
  if (kind === 'deleteOne' || kind === 'deleteMany') return;
  const owner = pinnedTenant(body.filter);
  if (kind === 'replaceOne') {
    const replacement = isFields(body.replacement) ? body.replacement : {};
    body.replacement = { ...replacement, tenantId: replacement.tenantId ?? owner };
    checkUpdate(body.replacement, owner, where, true);
    checkRequired(schema, isFields(body.filter) ? body.filter : {}, body.replacement, where);
    return;
  }
  if (kind !== 'updateOne' && kind !== 'updateMany') refuse(`${where}: is not known`);
  checkUpdate(body.update, owner, where, false);
  if (body.upsert === true) checkRequired(schema, isFields(body.filter) ? body.filter : {}, body.update, where);
}
