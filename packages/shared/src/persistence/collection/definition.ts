// A collection, declared once. Its indexes, lists, evented rule, snapshots, the mongoose schema behind the tenant
// plugin and the check of every write follow from the declaration. Invariant: every list has an index that starts with
// the tenant and gives its order.
import mongoose, { type mongo } from 'mongoose';
import type { DomainEvent } from '../../contracts/index.ts';
import { type Stamp, sortKeyOf } from '../../values/index.ts';
import { tenantSchema } from '../schema.ts';
import type { StoredEvent } from '../stored-events.ts';
import { type Field, type FieldsOf, fits, toStoredValue } from './fields.ts';

/** What is stored: a plain object with an id; without a tenant only in collections that belong to none. */
export type Entity = { id: string; tenantId?: string; version?: number };
/** A document as it lies in MongoDB. */
export type Stored = { _id: string; tenantId: string; sortKey?: string; events?: StoredEvent[] } & Record<
  string,
  unknown
>;

type Name<E> = Extract<Exclude<keyof E, 'id' | 'tenantId'>, string>;

/**
 * A list, with the index that serves it: the tenant, `by`, `every`, then the order. Of several lists whose `by` is all
 * given the first one declared serves the query.
 */
export type ListDefinition<E> = {
  readonly by?: readonly Name<E>[];
  /**
   * Fields with few values: a query that does not give one names all of them, and the server merges the sorted scans.
   * null is what documents have that lack the field.
   */
  readonly every?: { readonly [Field in Name<E>]?: readonly (E[Field] | null)[] };
  /** Fields that a query may give besides: at the end of the key, so that they are decided on the index's entries. */
  readonly also?: readonly Name<E>[];
  /** `newest`: by `sortKey`, newest first. `id`, or a field: ascending. */
  readonly order: 'newest' | 'id' | Name<E>;
  readonly unique?: boolean;
};

export type IndexDefinition<E> = {
  readonly key: Readonly<Record<string, 1 | -1>>;
  /** Which query it is for; docs/collections.md tells it. */
  readonly serves: string;
  readonly unique?: boolean;
  readonly sparse?: boolean;
  readonly expireAfterSeconds?: number;
  readonly partialFilterExpression?: { readonly [Field in Name<E>]?: unknown };
};

/**
 * The full-state event of an entity, and fields that change with it. The entity has the version that it gets now;
 * `lift` is 1, or more after a restore.
 */
export type ToSnapshot<E> = (
  entity: E,
  facts: { stamp: Stamp; lift: number },
) => { event: DomainEvent; set?: Partial<E> };

/**
 * Fields that only indexes need and that follow from the entity: written with every change of it, never read back.
 */
export type Derived<E> = {
  // biome-ignore lint/suspicious/noExplicitAny: fields of any type, which only indexes read
  readonly fields: Readonly<Record<string, Field<any>>>;
  /** A field that is undefined is not stored. */
  readonly of: (entity: E) => Readonly<Record<string, unknown>>;
};

export type CollectionSpec<E extends Entity> = {
  readonly name: string;
  /** What a document is, in a sentence; docs/collections.md tells it. */
  readonly holds: string;
  readonly fields: FieldsOf<E>;
  /** Every write of a document carries its events. */
  readonly isEvented?: boolean;
  /** Belongs to no tenant. */
  readonly isGlobal?: boolean;
  readonly lists?: readonly ListDefinition<E>[];
  readonly derived?: Derived<E>;
  /** Fields that lists do not read. */
  readonly unlisted?: readonly Name<E>[];
  /** Indexes that serve other queries than lists. */
  readonly indexes?: readonly IndexDefinition<E>[];
  /** Place in lists that come newest first; default by `createdAt` and id. */
  readonly sortKey?: (entity: E) => string;
  readonly toSnapshot?: ToSnapshot<E>;
  /** Fields that documents of an older release lack. */
  readonly defaults?: (stored: Stored) => Partial<E>;
};

export type CollectionDefinition<E extends Entity> = CollectionSpec<E> & {
  readonly indexes: readonly IndexDefinition<E>[];
  /** For the tenant plugin: the names and rough types of the fields. */
  readonly schema: mongoose.Schema;
  /** The document of an entity. Throws when a field does not fit its declaration, is missing, or is not declared. */
  toStored(entity: E): Stored;
  fromStored(document: Stored): E;
  /** As `fromStored`, for lists: `placeOf` knows the stored place of what it returns. */
  fromListed(document: Stored): E;
  /** The value of a declared field as it is stored; throws when it does not fit. */
  storedField(name: string, value: unknown): unknown;
  /** The derived fields of an entity, as they are stored. */
  derivedFields(entity: E): Record<string, unknown>;
  /** What nobody reads: the derived fields. */
  readonly unread: readonly string[];
  /** Its place in a list that comes newest first or by id, for a cursor. */
  placeOf(entity: E): { sort: string | null; id: string };
};

/** Any collection, where its entities do not matter. */
// biome-ignore lint/suspicious/noExplicitAny: a list of collections of different entities
export type AnyCollection = CollectionDefinition<any>;

/** Declares a collection. */
export function defineCollection<E extends Entity>(spec: CollectionSpec<E>): CollectionDefinition<E> {
  if (spec.toSnapshot && !spec.isEvented) throw new Error(`${spec.name}: what has snapshots is evented`);
  const fields = Object.entries(spec.fields) as [string, Field<never>][];
  const derived = Object.entries(spec.derived?.fields ?? {}) as unknown as [string, Field<never>][];
  const unread = derived.map(([name]) => name);
  const fieldOf = new Map([...fields, ...derived]);
  const isSorted = spec.lists?.some(({ order }) => order === 'newest') ?? false;
  // What a list returns has the place that is stored, also when its fields are damaged and give none.
  const storedKeys = new WeakMap<E, string>();
  const keyOf =
    spec.sortKey ?? ((entity: E) => sortKeyOf((entity as unknown as { createdAt: Date }).createdAt, entity.id));

  const undeclared = (name: string) => new Error(`${spec.name}: the field ${name} is not declared`);

  function storedField(name: string, value: unknown): unknown {
    const field = fieldOf.get(name);
    if (field === undefined) throw undeclared(name);
    if (!fits(value, field)) throw new Error(`${spec.name}: ${name} does not fit its declaration (${field.kind})`);
    return toStoredValue(value, field);
  }

  function derivedFields(entity: E): Record<string, unknown> {
    const values = spec.derived?.of(entity) ?? {};
    return Object.fromEntries(unread.map((name) => [name, storedField(name, values[name])]));
  }

  function fromStored({ _id, sortKey: _sortKey, events: _events, ...values }: Stored): E {
    // They are hardly ever read, and an object of which something is deleted is slow from then on.
    for (const name of unread) if (name in values) delete values[name];
    const missing = spec.defaults?.({ _id, ...values } as Stored);
    return { id: _id, ...missing, ...values } as unknown as E;
  }

  return {
    ...spec,
    indexes: [...(spec.lists ?? []).map((list) => indexOfList(list, spec)), ...(spec.indexes ?? [])],
    schema: schemaOf(spec, [...fields, ...derived], isSorted),
    storedField,
    derivedFields,
    unread,
    placeOf: (entity) => ({ sort: isSorted ? (storedKeys.get(entity) ?? keyOf(entity)) : null, id: entity.id }),
    toStored(entity) {
      const { id, tenantId, ...values } = entity as E & Record<string, unknown>;
      for (const name in values) if (!(name in spec.fields)) throw undeclared(name);
      const document: Record<string, unknown> = tenantId === undefined ? { _id: id } : { _id: id, tenantId };
      for (const [name] of fields) {
        const value = storedField(name, (values as Record<string, unknown>)[name]);
        // The driver would store undefined as null, which is another value.
        if (value !== undefined) document[name] = value;
      }
      for (const [name, value] of Object.entries(derivedFields(entity))) {
        if (value !== undefined) document[name] = value;
      }
      if (isSorted) document.sortKey = keyOf(entity);
      return document as Stored;
    },
    fromStored,
    fromListed(document) {
      const entity = fromStored(document);
      if (document.sortKey !== undefined) storedKeys.set(entity, document.sortKey);
      return entity;
    },
  };
}

function indexOfList<E extends Entity>(
  { by = [], every = {}, also = [], order, unique }: ListDefinition<E>,
  { isGlobal }: CollectionSpec<E>,
): IndexDefinition<E> {
  const fields = [...(isGlobal ? [] : ['tenantId']), ...by, ...Object.keys(every)];
  const key: Record<string, 1 | -1> = Object.fromEntries(fields.map((name) => [name, 1]));
  if (order === 'newest') key.sortKey = -1;
  else key[order === 'id' ? '_id' : order] = 1;
  for (const name of also) key[name] = 1;
  return { key, serves: servesOf(by, every, also, order), ...(unique ? { unique } : {}) };
}

function servesOf(by: readonly string[], every: object, also: readonly string[], order: string): string {
  const optional = [
    ...Object.keys(every).map((name) => `${name} (one or all)`),
    ...also.map((name) => `${name} (or any)`),
  ];
  const filters = [...by, ...optional];
  const sort = order === 'newest' ? 'newest first' : `by ${order}`;
  return filters.length === 0 ? `the whole list, ${sort}` : `the list of ${filters.join(', ')}, ${sort}`;
}

const mongooseTypes = { text: String, number: Number, flag: Boolean, date: Date } as const;

function schemaOf<E extends Entity>(
  { isEvented, isGlobal, name }: CollectionSpec<E>,
  fields: readonly [string, Field<never>][],
  isSorted: boolean,
): mongoose.Schema {
  const { Mixed } = mongoose.Schema.Types;
  const definition: Record<string, unknown> = {};
  for (const [field, { kind }] of fields) {
    const type = mongooseTypes[kind as keyof typeof mongooseTypes] ?? (kind === 'list' ? [Mixed] : Mixed);
    definition[field] = { type };
  }
  if (isSorted) definition.sortKey = { type: String };
  if (isEvented) definition.events = { type: [Mixed] };
  const options = { collection: name, minimize: false };
  if (!isGlobal) return tenantSchema(definition, options) as unknown as mongoose.Schema;
  return new mongoose.Schema({ ...definition, _id: { type: String, required: true } } as mongoose.SchemaDefinition, {
    ...options,
    strict: 'throw',
    strictQuery: 'throw',
    versionKey: false,
    id: false,
    autoIndex: false,
    autoCreate: false,
  });
}

/** The descriptions of a collection's indexes, for the server. */
export function indexDescriptions({ indexes }: AnyCollection): mongo.IndexDescription[] {
  return indexes.map(
    ({ key, serves: _serves, ...options }) => ({ key: { ...key }, ...options }) as mongo.IndexDescription,
  );
}
