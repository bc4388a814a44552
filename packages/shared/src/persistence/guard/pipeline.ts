// Checking an aggregation.
// Invariant: every collection that a pipeline reads, at any depth, is entered through a filter that stays inside the
// scope; stages that are not known to be harmless are refused.
import type { Scope } from '../context.ts';
import { nestingMax } from '../limits.ts';
import { refuse } from '../refusal.ts';
import type { GuardRules } from '../rules.ts';
import { type Fields, isFields, readFilterHolds } from './filter.ts';

const harmlessStages = new Set([
  '$match',
  '$project',
  '$set',
  '$addFields',
  '$unset',
  '$group',
  '$sort',
  '$limit',
  '$skip',
  '$unwind',
  '$count',
  '$sortByCount',
  '$replaceRoot',
  '$replaceWith',
  '$bucket',
  '$bucketAuto',
  '$sample',
  '$redact',
  '$setWindowFields',
  '$densify',
  '$fill',
]);

interface Place {
  readonly scope: Scope | undefined;
  readonly rules: GuardRules;
  readonly depth: number;
}

/** Refuses a pipeline over `collection` that could read or write outside the scope. */
export function checkPipeline(
  pipeline: unknown,
  collection: unknown,
  scope: Scope | undefined,
  rules: GuardRules,
): void {
  checkSource(pipeline, collection, { scope, rules, depth: 0 });
}

function checkSource(pipeline: unknown, collection: unknown, place: Place): void {
  if (place.depth > nestingMax) refuse('aggregate: sub-pipelines are nested too deeply');
  if (typeof collection !== 'string') refuse('aggregate: a source must be a collection by name');
  if (!Array.isArray(pipeline)) refuse(`aggregate ${collection}: a pipeline must be an array of stages`);
  const isGlobal = place.rules.global.has(collection);
  if (!isGlobal) checkEntry(pipeline[0], collection, place.scope);
  pipeline.forEach((stage, index) => {
    checkStage(stage, { ...place, first: index === 0 });
  });
}

function checkEntry(stage: unknown, collection: string, scope: Scope | undefined): void {
  const fields = isFields(stage) ? stage : {};
  if (Object.keys(fields).length === 1) {
    if ('$match' in fields && readFilterHolds(scope, fields.$match)) return;
    const near = fields.$geoNear;
    if (isFields(near) && readFilterHolds(scope, near.query)) return;
  }
  refuse(`aggregate ${collection}: the first stage must match the tenant by equality`);
}

function checkStage(stage: unknown, place: Place & { first: boolean }): void {
  const name = isFields(stage) ? Object.keys(stage)[0] : undefined;
  if (!isFields(stage) || name === undefined || Object.keys(stage).length !== 1) {
    refuse('aggregate: a stage must have exactly one operator');
  }
  if (harmlessStages.has(name)) return;
  const inner = { scope: place.scope, rules: place.rules, depth: place.depth + 1 };
  const value = stage[name];
  if (name === '$geoNear' && place.first) return;
  if (name === '$lookup') {
    checkLookup(value, inner);
    return;
  }
  if (name === '$unionWith') {
    checkUnion(value, inner);
    return;
  }
  if (name === '$graphLookup') {
    checkGraph(value, inner);
    return;
  }
  if (name === '$facet') {
    checkFacet(value, inner);
    return;
  }
  refuse(`aggregate: stage ${name} is not allowed outside system work`);
}

function checkLookup(value: unknown, place: Place): void {
  const lookup: Fields = isFields(value) ? value : {};
  const isWhole = lookup.pipeline === undefined;
  checkSource(isWhole ? [] : lookup.pipeline, lookup.from, place);
}

function checkUnion(value: unknown, place: Place): void {
  if (typeof value === 'string') {
    checkSource([], value, place);
    return;
  }
  const union: Fields = isFields(value) ? value : {};
  checkSource(union.pipeline ?? [], union.coll, place);
}

function checkGraph(value: unknown, place: Place): void {
  const graph: Fields = isFields(value) ? value : {};
  const from = graph.from;
  if (typeof from === 'string' && place.rules.global.has(from)) return;
  if (readFilterHolds(place.scope, graph.restrictSearchWithMatch)) return;
  refuse('aggregate: $graphLookup must restrict its search to the tenant');
}

function checkFacet(value: unknown, place: Place): void {
  if (place.depth > nestingMax || !isFields(value)) refuse('aggregate: $facet is malformed');
  for (const branch of Object.values(value)) {
    if (!Array.isArray(branch)) refuse('aggregate: $facet is malformed');
    for (const stage of branch) checkStage(stage, { ...place, first: false });
  }
}
