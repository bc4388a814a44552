// Scoping mongoose aggregations.
// Invariant: every collection that the pipeline reads is entered through a match on the tenant.
import type mongoose from 'mongoose';
import { currentScope } from '../context.ts';
import { type Fields, isFields } from '../guard/filter.ts';
import { checkPipeline } from '../guard/pipeline.ts';
import { refuse } from '../refusal.ts';
import { type GuardRules, rulesOf } from '../rules.ts';
import { scopedTenant } from './query.ts';

type Stage = Record<string, unknown>;

/** Adds the tenant to the pipeline and its sub-pipelines; a batch must have written it into each of them. */
export function scopeAggregate(aggregate: mongoose.Aggregate<unknown>): void {
  const scope = currentScope();
  const model = aggregate.model();
  const where = `${model.modelName}.aggregate`;
  if (scope === undefined) refuse(`${where}: has no tenant scope`);
  if (scope.kind === 'system') return;
  if (aggregate.options.collation !== undefined) refuse(`${where}: a collation weakens the tenant's equality`);
  const rules = rulesOf(model.db);
  const stages = aggregate.pipeline() as unknown as Stage[];
  if (scope.kind === 'tenant') {
    stages.splice(0, stages.length, ...enter(stages, scope.tenantId, rules, where));
  }
  checkPipeline(stages, model.collection.name, scope, rules);
}

function enter(stages: readonly Stage[], tenantId: string, rules: GuardRules, where: string): Stage[] {
  const [first, ...rest] = stages;
  const near = first?.$geoNear;
  const inner = (stage: Stage) => scopeStage(stage, tenantId, rules, where);
  // $geoNear must stay first, so the tenant goes into its own query.
  if (isFields(near)) return [{ $geoNear: { ...near, query: merge(near.query, tenantId, where) } }, ...rest.map(inner)];
  if (isFields(first?.$match)) scopedTenant(first.$match, where, false);
  return [{ $match: { tenantId } }, ...stages.map(inner)];
}

function scopeStage(stage: Stage, tenantId: string, rules: GuardRules, where: string): Stage {
  const [name] = Object.keys(stage);
  const value = name === undefined ? undefined : stage[name];
  if (name === '$facet' && isFields(value)) {
    const branches = Object.entries(value).map(([key, branch]) => [
      key,
      Array.isArray(branch) ? branch.map((inner) => scopeStage(inner, tenantId, rules, where)) : branch,
    ]);
    return { $facet: Object.fromEntries(branches) };
  }
  if (name === '$unionWith') return { $unionWith: scopeUnion(value, tenantId, rules, where) };
  if (!isFields(value) || isGlobal(value.from, rules)) return stage;
  if (name === '$lookup') return { $lookup: { ...value, pipeline: scopePipeline(value, tenantId, rules, where) } };
  if (name !== '$graphLookup') return stage;
  const restricted = merge(value.restrictSearchWithMatch, tenantId, where);
  return { $graphLookup: { ...value, restrictSearchWithMatch: restricted } };
}

function scopeUnion(value: unknown, tenantId: string, rules: GuardRules, where: string): unknown {
  const union: Fields = typeof value === 'string' ? { coll: value } : isFields(value) ? value : {};
  if (isGlobal(union.coll, rules)) return value;
  return { ...union, pipeline: scopePipeline(union, tenantId, rules, where) };
}

function scopePipeline(holder: Fields, tenantId: string, rules: GuardRules, where: string): Stage[] {
  const inner = holder.pipeline ?? [];
  if (!Array.isArray(inner)) refuse(`${where}: a sub-pipeline must be an array`);
  return enter(inner, tenantId, rules, where);
}

function merge(filter: unknown, tenantId: string, where: string): Fields {
  const given = isFields(filter) ? filter : {};
  scopedTenant(given, where, false);
  return { ...given, tenantId };
}

function isGlobal(collection: unknown, rules: GuardRules): boolean {
  return typeof collection === 'string' && rules.global.has(collection);
}
