// The tenant of a stored document never changes.
// Invariant: no operator, replacement, rename or pipeline stage writes tenantId or a path below it.

import { refuse } from '../refusal.ts';
import { type Fields, isFields } from './filter.ts';

const isTenantPath = (path: unknown): boolean =>
  typeof path === 'string' && (path === 'tenantId' || path.startsWith('tenantId.'));

/** Refuses an update that writes tenantId, except one that repeats the owner in a replacement or in $setOnInsert. */
export function checkKeepsTenant(update: unknown, owner: string | undefined, where: string): void {
  if (Array.isArray(update)) {
    for (const stage of update) checkPipelineUpdate(stage, where);
    return;
  }
  if (!isFields(update)) refuse(`${where}: the update must be a plain object`);
  const names = Object.keys(update);
  if (!names.some((name) => name.startsWith('$'))) {
    if (update.tenantId !== owner) refuse(`${where}: a replacement must keep the tenantId`);
    return;
  }
  for (const operator of names) checkOperator(operator, update[operator], owner, where);
}

function checkOperator(operator: string, value: unknown, owner: string | undefined, where: string): void {
  if (!isFields(value)) refuse(`${where}: ${operator} is malformed`);
  for (const [path, operand] of Object.entries(value)) {
    const repeats = operator === '$setOnInsert' && path === 'tenantId' && operand === owner;
    if (isTenantPath(path) && !repeats) refuse(`${where}: tenantId is never written`);
    if (operator === '$rename' && isTenantPath(operand)) refuse(`${where}: tenantId is never written`);
  }
}

const fieldStages = new Set(['$set', '$addFields', '$unset']);

function checkPipelineUpdate(stage: unknown, where: string): void {
  const fields: Fields = isFields(stage) ? stage : {};
  const [name, ...more] = Object.keys(fields);
  if (name === undefined || more.length > 0 || !fieldStages.has(name)) {
    refuse(`${where}: a pipeline update may only set and unset fields`);
  }
  const value = fields[name];
  const paths = isFields(value) ? Object.keys(value) : [value].flat();
  if (paths.some(isTenantPath)) refuse(`${where}: tenantId is never written`);
}
