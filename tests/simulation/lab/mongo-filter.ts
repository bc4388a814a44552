// The part of MongoDB's query and update language that the stores use. Invariant: what is not known here throws, so
// that no store is simulated wrongly in silence.

// biome-ignore lint/suspicious/noExplicitAny: documents of any shape
export type Doc = Record<string, any> & { _id: string };
export type Filter = Record<string, unknown>;

const comparisons: Record<string, (value: unknown, bound: never) => boolean> = {
  $in: (value, list: unknown[]) => list.includes(value),
  $lt: (value, bound: number) => value !== undefined && value !== null && (value as number) < bound,
  $lte: (value, bound: number) => value !== undefined && value !== null && (value as number) <= bound,
  $gt: (value, bound: number) => value !== undefined && value !== null && (value as number) > bound,
  $type: (value, type: string) => type === 'date' && value instanceof Date,
};

function isOperators(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).some((key) => key.startsWith('$'));
}

function holds(value: unknown, condition: unknown): boolean {
  if (!isOperators(condition)) return value === condition;
  return Object.entries(condition).every(([operator, bound]) => {
    const compare = comparisons[operator];
    if (!compare) throw new Error(`${operator} is not simulated`);
    return compare(value, bound as never);
  });
}

export function matches(doc: Doc, filter: Filter): boolean {
  return Object.entries(filter).every(([field, condition]) => {
    if (field === '$or') return (condition as Filter[]).some((branch) => matches(doc, branch));
    if (field.startsWith('$') || field.includes('.')) throw new Error(`${field} is not simulated`);
    return holds(doc[field], condition);
  });
}

/** The ids that a filter can match, or undefined: any. */
export function idsOf(filter: Filter): string[] | undefined {
  const { _id: id, $or: branches } = filter;
  if (typeof id === 'string') return [id];
  if (isOperators(id) && Array.isArray(id.$in)) return id.$in as string[];
  if (!Array.isArray(branches)) return undefined;
  const lists = (branches as Filter[]).map(idsOf);
  return lists.some((list) => list === undefined) ? undefined : [...new Set(lists.flat() as string[])];
}

const operators = ['$set', '$setOnInsert', '$inc', '$max', '$push', '$unset'] as const;
type Update = Partial<Record<(typeof operators)[number], Record<string, unknown>>>;

/** The document after an update; `before` is undefined when it is made by an upsert. */
export function updated(before: Doc | undefined, filter: Filter, update: Update): Doc {
  const after: Doc = before ? { ...before } : ({ ...equalities(filter), ...update.$setOnInsert } as Doc);
  Object.assign(after, update.$set);
  for (const [field, by] of Object.entries(update.$inc ?? {})) after[field] = (after[field] ?? 0) + Number(by);
  for (const [field, least] of Object.entries(update.$max ?? {})) {
    if (after[field] === undefined || after[field] < (least as number)) after[field] = least;
  }
  for (const [field, push] of Object.entries(update.$push ?? {})) {
    after[field] = [...(after[field] ?? []), ...(push as { $each: unknown[] }).$each];
  }
  for (const field of Object.keys(update.$unset ?? {})) delete after[field];
  for (const operator of Object.keys(update)) {
    if (!operators.some((known) => known === operator)) throw new Error(`${operator} is not simulated`);
  }
  return after;
}

function equalities(filter: Filter): Filter {
  return Object.fromEntries(Object.entries(filter).filter(([, condition]) => !isOperators(condition)));
}
