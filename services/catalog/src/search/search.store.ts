// Reads pages of what has all terms of a search, in the order of an index.
// Invariants: only what is returned is fetched; nothing is sorted in memory but what a page has; what several terms
// have in common is found among index entries alone, of which one page looks at a bounded number.
import type { Collection, Entity, Stored } from '@holdfast/shared/persistence';
import mongoose, { type mongo } from 'mongoose';
import { candidatesFirst, candidatesMax, candidatesPerPageMax, mergedTermsMax } from '../limits.ts';
import type { Operators } from './filters.ts';

/** An order with the index that has it: tenant, `terms`, the field of the order, and fields that filter. */
export type SearchOrder<E> = {
  /** Unique among the documents of a tenant. */
  readonly field: string;
  readonly direction: 1 | -1;
  readonly index: Readonly<Record<string, 1 | -1>>;
  readonly placeOf: (entity: E) => string;
};

export type Search<E> = {
  readonly tenantId: string;
  /** All of these; none is all documents. */
  readonly terms: readonly string[];
  /** Without `terms`: one of these. No document has two of them. */
  readonly anyOf?: readonly string[] | undefined;
  /** Conditions on fields that the index has. */
  readonly where: Readonly<Record<string, unknown>>;
  readonly order: SearchOrder<E>;
};

export type FoundPage<E> = {
  readonly items: readonly E[];
  /** Where the search goes on when it ended before the page was full. */
  readonly resumeAt?: string | undefined;
};
type Range = { readonly after: string | undefined; readonly limit: number };

/** Marks conditions as ours: what a client sends is never taken for one. */
export const operators: Operators = {
  among: (values) => mongoose.trusted({ $in: [...values] }),
  range: (range) => mongoose.trusted(range),
};

/** Up to `limit` documents after a place. */
export async function searchPage<E extends Entity>(
  collection: Collection<E>,
  search: Search<E>,
  range: Range,
): Promise<FoundPage<E>> {
  const { terms, anyOf = [] } = search;
  if (terms.length > 1 || (terms.length === 1 && isSparse(search.where))) return walk(collection, search, range);
  if (terms.length === 1) return { items: await pageOf(collection, search, terms[0], range) };
  if (anyOf.length === 0) throw new Error('a search has a term');
  const pages: E[][] = [];
  for (let from = 0; from < anyOf.length; from += mergedTermsMax) {
    const some = mongoose.trusted({ $in: anyOf.slice(from, from + mergedTermsMax) });
    pages.push(await pageOf(collection, search, some, range));
  }
  return { items: pages.length === 1 ? pages[0]! : merged(pages, search.order).slice(0, range.limit) };
}

function merged<E>(pages: readonly E[][], { placeOf, direction }: SearchOrder<E>): E[] {
  const placed = pages.flat().map((entity) => ({ entity, place: placeOf(entity) }));
  placed.sort((a, b) => (a.place < b.place ? -direction : direction));
  return placed.map(({ entity }) => entity);
}

function pageOf<E extends Entity>(
  collection: Collection<E>,
  search: Search<E>,
  term: unknown,
  { after, limit }: Range,
): Promise<E[]> {
  const { order } = search;
  const filter = filterOf(search, term, after);
  return collection.find(filter, { sort: { [order.field]: order.direction }, index: order.index, limit });
}

function filterOf<E>({ tenantId, where, order }: Search<E>, term: unknown, after: string | undefined) {
  const past = order.direction === 1 ? '$gt' : '$lt';
  const range = after === undefined ? {} : { [order.field]: mongoose.trusted({ [past]: after }) };
  return { tenantId, terms: term, ...where, ...range };
}

/**
 * True for conditions that few documents may meet, so that the server could look at very many before a page is full:
 * categories and prices. Of the others a term is the driver, or most documents meet them.
 */
const isSparse = (where: Search<unknown>['where']) => Object.values(where).some((one) => typeof one === 'object');

/** Walks along the term that fewest documents have, and keeps what meets the conditions and has the other terms. */
async function walk<E extends Entity>(
  collection: Collection<E>,
  search: Search<E>,
  { after, limit }: Range,
): Promise<FoundPage<E>> {
  const { terms, order, where } = search;
  // Without the conditions: how many entries the server looks at is how many it returns.
  const all = { ...search, where: {} };
  const keysAfter = (term: string, place: string | undefined, count: number) =>
    rowsOf(collection.native, order, filterOf(all, term, place), count);
  const first = await Promise.all(terms.map((term) => keysAfter(term, after, candidatesFirst)));
  const rarest = first.reduce((best, keys, n) => (keys.length < first[best]!.length ? n : best), 0);
  const term = terms[rarest]!;
  const others = terms.filter((_, n) => n !== rarest);
  const found: string[] = [];
  let resumeAt: string | undefined;
  let size = candidatesFirst;
  let seen = 0;
  for (let keys = first[rarest]!; ; keys = await keysAfter(term, resumeAt, size)) {
    const places = keys.filter((row) => meets(row, where)).map((row) => placeIn(row, order));
    found.push(...(await havingAll(collection.native, search, others, places)));
    seen += keys.length;
    resumeAt = keys.length < size ? undefined : placeIn(keys.at(-1)!, order);
    if (found.length >= limit || resumeAt === undefined || seen >= candidatesPerPageMax) break;
    size = Math.min(candidatesMax, size * 2);
  }
  const shown = found.slice(0, limit);
  const these = { tenantId: search.tenantId, terms: term, [order.field]: mongoose.trusted({ $in: shown }) };
  const sort = { [order.field]: order.direction };
  const items = shown.length === 0 ? [] : await collection.find(these, { sort, index: order.index });
  return { items, resumeAt: found.length >= limit ? undefined : resumeAt };
}

/** Those of these places whose documents have all of the terms. */
async function havingAll<E>(
  native: mongo.Collection<Stored>,
  { tenantId, order }: Search<E>,
  terms: readonly string[],
  places: readonly string[],
): Promise<readonly string[]> {
  let keys = places;
  for (const term of terms) {
    if (keys.length === 0) break;
    const rows = await rowsOf(native, order, { tenantId, terms: term, [order.field]: { $in: keys } }, keys.length);
    keys = rows.map((row) => placeIn(row, order));
  }
  return keys;
}

/** What the index has of a document. */
type Row = Readonly<Record<string, unknown>>;

const placeIn = (row: Row, { field }: Pick<SearchOrder<never>, 'field'>) => String(row[field]);

/** Entries of the index, in its order, without their documents. */
async function rowsOf<E>(
  native: mongo.Collection<Stored>,
  { field, direction, index }: SearchOrder<E>,
  filter: Record<string, unknown>,
  limit: number,
): Promise<Row[]> {
  const fields = Object.keys(index).filter((name) => name !== 'tenantId' && name !== 'terms');
  const projection = { _id: 0, ...Object.fromEntries(fields.map((name) => [name, 1])) };
  const options = { projection, sort: { [field]: direction }, hint: { ...index }, limit, batchSize: limit };
  return native.find(filter as mongo.Filter<Stored>, options).toArray();
}

/** True for an entry that meets the conditions: values, and those that `operators` makes. */
function meets(row: Row, where: Search<unknown>['where']): boolean {
  return Object.entries(where).every(([name, condition]) => {
    const value = row[name];
    if (typeof condition !== 'object' || condition === null) return value === condition;
    if ('$in' in condition) return (condition.$in as readonly unknown[]).includes(value);
    const { $gte, $lte } = condition as { $gte: number; $lte: number };
    return typeof value === 'number' && value >= $gte && value <= $lte;
  });
}
