// Checking what populate would read.
// Invariant: populate reads only models that carry the tenant plugin; a target that cannot be named is refused.
import type mongoose from 'mongoose';
import { refuse } from '../refusal.ts';

type AnyModel = mongoose.Model<unknown>;

/** Refuses populating a path whose model is unknown or has no tenant plugin. */
export function checkPopulate(model: AnyModel, paths: unknown, isScoped: (schema: mongoose.Schema) => boolean): void {
  const list = Array.isArray(paths) ? paths : [paths];
  for (const entry of list) {
    const options: mongoose.PopulateOptions = typeof entry === 'string' ? { path: entry } : entry;
    for (const path of options.path.split(' ').filter((part) => part !== '')) {
      const target = targetOf(model, path, options.model);
      if (target === undefined || !isScoped(target.schema)) {
        refuse(`${model.modelName}.populate ${path}: leads to a model without the tenant plugin`);
      }
    }
  }
}

function targetOf(model: AnyModel, path: string, given: unknown): AnyModel | undefined {
  const type = model.schema.path(path) as unknown as
    | { options: { ref?: unknown }; embeddedSchemaType?: { options?: { ref?: unknown } } }
    | undefined;
  const virtual = model.schema.virtualpath(path) as unknown as { options?: { ref?: unknown } } | null;
  const ref = given ?? type?.options.ref ?? type?.embeddedSchemaType?.options?.ref ?? virtual?.options?.ref;
  if (typeof ref === 'string') return model.db.models[ref] as AnyModel | undefined;
  return isModel(ref) ? ref : undefined;
}

function isModel(value: unknown): value is AnyModel {
  return typeof value === 'function' && 'schema' in value && 'modelName' in value;
}
