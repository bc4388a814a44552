// The mongoose plugin that puts the tenant into everything a model does.
// Invariant: a model with it reads and writes only documents of the current scope, and refuses what it cannot scope:
// no scope, another tenant's value, a write to tenantId, estimated counts, change streams, populate into the open.
// It is sufficient alone; the driver guard is the second layer.
import mongoose from 'mongoose';
import { layerIsOn } from '../layers.ts';
import { refuse } from '../refusal.ts';
import { scopeAggregate } from './aggregate.ts';
import { checkPopulate } from './populate.ts';
import { scopeQuery } from './query.ts';
import { type AnyDocument, scopeBulkWrite, scopeInsertMany, scopeSave, stampNew } from './write.ts';

const queryOperations = [
  'countDocuments',
  'distinct',
  'estimatedDocumentCount',
  'find',
  'findOne',
  'findOneAndReplace',
  'findOneAndUpdate',
  'replaceOne',
  'updateMany',
  'updateOne',
  'deleteMany',
  'deleteOne',
  'findOneAndDelete',
] as const;

/** Adds the tenant to every hook that mongoose offers, and closes the calls that offer none. */
export function tenantPlugin(schema: mongoose.Schema): void {
  schema.pre([...queryOperations], { document: false, query: true }, function () {
    if (layerIsOn('plugin')) scopeQuery(this);
  });
  schema.pre('aggregate', function () {
    if (layerIsOn('plugin')) scopeAggregate(this);
  });
  schema.pre('validate', function () {
    if (layerIsOn('plugin')) stampNew(this as unknown as AnyDocument);
  });
  schema.pre('save', function () {
    if (layerIsOn('plugin')) scopeSave(this as unknown as AnyDocument);
  });
  schema.pre('insertMany', (documents: unknown) => {
    if (layerIsOn('plugin')) scopeInsertMany(documents);
  });
  schema.pre('bulkWrite', function (operations: unknown, options: unknown) {
    if (layerIsOn('plugin')) scopeBulkWrite(this.schema, operations, options);
  });
  Object.assign(schema.statics, { insertMany, populate, watch });
}

/** True when the schema carries the plugin, also after mongoose cloned it. */
export function isTenantSchema(schema: mongoose.Schema): boolean {
  const { plugins } = schema as unknown as { plugins?: readonly { fn: unknown }[] };
  return plugins?.some((plugin) => plugin.fn === tenantPlugin) ?? false;
}

type AnyModel = mongoose.Model<unknown>;

// mongoose hides the options from the hook: unordered, it drops invalid documents and resolves.
async function insertMany(
  this: AnyModel,
  documents: unknown[],
  options: mongoose.InsertManyOptions = {},
): Promise<unknown> {
  if (layerIsOn('plugin') && options.ordered === false && options.throwOnValidationError !== true) {
    refuse('insertMany: unordered needs throwOnValidationError, or invalid documents vanish');
  }
  return Reflect.apply(mongoose.Model.insertMany, this, [documents, options] as never);
}

// Every way of populating (query, document, cursor, nested) goes through this call.
async function populate(this: AnyModel, documents: unknown[], paths: mongoose.PopulateOptions[]): Promise<unknown> {
  if (layerIsOn('plugin')) checkPopulate(this, paths, isTenantSchema);
  return Reflect.apply(mongoose.Model.populate, this, [documents, paths] as never);
}

function watch(this: AnyModel, ...args: unknown[]): unknown {
  if (layerIsOn('plugin')) refuse('watch: a change stream cannot be scoped to a tenant');
  return Reflect.apply(mongoose.Model.watch, this, args as never);
}
