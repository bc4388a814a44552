// Reads and writes of a declared collection. Each call runs in the scope of its caller: a tenant's, a batch's or the
// system's. Invariants: documents are found by tenant and id, never by id alone; one changes only where its version is
// the one that was decided on; a write of an evented collection sets `events` as a whole, in the same write as the
// change.
import mongoose, { type mongo } from 'mongoose';
import type { DomainEvent } from '../../contracts/index.ts';
import { keyText, type SortKeyRange, sortKeyRange } from '../../values/index.ts';
import type { Database } from '../connection.ts';
import { Conflict } from '../errors.ts';
import { storeEvents } from '../stored-events.ts';
import type { CollectionDefinition, Entity, ListDefinition, Stored } from './definition.ts';
import { saveNewer } from './save-newer.ts';

/** Names a document. Without a tenant: the running one's, or a collection that belongs to none. */
export type Key = { readonly tenantId?: string; readonly id: string };
export type Session = mongo.ClientSession;

/** An entity to store: a new one without `before`, else a change of the version that was decided on. */
export type Change<E> = {
  readonly before?: E | undefined;
  readonly after: E;
  readonly events?: readonly DomainEvent[];
};

/** A page of a list: what follows a place in its order; `from` and `to` only where it comes newest first. */
export type PageRange = Omit<SortKeyRange, 'after'> & {
  readonly after?: { readonly sort: string | number | null; readonly id: string } | undefined;
  readonly limit: number;
};

/** Values of fields; null is none, one that is undefined does not narrow. */
type Where<E> = { readonly [Field in keyof E]?: E[Field] | null | undefined };
type IndexKey = Readonly<Record<string, 1 | -1>>;
type Query = {
  sort: IndexKey;
  index: IndexKey;
  limit?: number;
  omit?: readonly string[];
  session?: Session | undefined;
};
type ReadOptions<E> = { session?: Session | undefined; omit?: readonly Extract<keyof E, string>[] };

export type Collection<E extends Entity> = {
  readonly definition: CollectionDefinition<E>;
  /** For queries that only this collection has. */
  readonly native: mongo.Collection<Stored>;
  readonly model: mongoose.Model<Stored>;
  read(key: Key, options?: ReadOptions<E>): Promise<E | undefined>;
  /** The one that a unique index finds. */
  findOne(where: Record<string, unknown>, index: IndexKey, options?: ReadOptions<E>): Promise<E | undefined>;
  /** In one command, by `keyText`; what is not there is left out. With a session: to decide on, in its transaction. */
  readMany(keys: Iterable<Key>, session?: Session): Promise<Map<string, E>>;
  /** Up to `limit` of a list in its order; the first declared list whose fields `where` gives serves it. */
  list(where: Where<E>, range: PageRange): Promise<E[]>;
  /** Any other query, in this order and by this index. */
  find(where: Record<string, unknown>, query: Query): Promise<E[]>;
  /** Stores new entities in one command; a known id is a duplicate key. */
  insert(created: readonly Change<E>[], session?: Session): Promise<void>;
  /** Stores those that do not exist; the others stay as they are. */
  insertMissing(created: readonly Change<E>[], session?: Session): Promise<void>;
  /** Stores changes in one command; returns how many were as decided on. */
  save(changes: readonly Change<E>[], session?: Session): Promise<number>;
  /**
   * Stores full states where they are newer than what is stored; a stored state of the same or a later version stays.
   */
  saveNewer(states: readonly E[], session?: Session): Promise<void>;
  /** As `save`; throws Conflict unless all were as decided on. */
  saveAll(changes: readonly Change<E>[], session?: Session): Promise<void>;
};

/** Documents are found by id on the hot path: named, so that no plan is tried out or can be wrong. */
export const byId = { _id: 1 } as const;
/** Events are for the relay; nobody else reads them. */
const withoutEvents = { events: 0 } as const;
const without = (fields: readonly string[]) => ({
  ...withoutEvents,
  ...Object.fromEntries(fields.map((field) => [field, 0])),
});

/** Opens a declared collection on a database; nothing is sent yet. */
export function openCollection<E extends Entity>(
  database: Pick<Database, 'db' | 'connection'>,
  definition: CollectionDefinition<E>,
): Collection<E> {
  const { name, isGlobal, fromStored, fromListed, unread } = definition;
  const native = database.db.collection<Stored>(name);
  const model = database.connection.model<Stored>(name, definition.schema as mongoose.Schema<Stored>);

  async function findOne(
    where: Record<string, unknown>,
    index: IndexKey,
    { session, omit = [] }: ReadOptions<E> = {},
  ): Promise<E | undefined> {
    const options = { lean: true, hint: { ...index }, ...(session ? { session } : {}) };
    const document = await model.findOne(where as never, without([...unread, ...omit]) as never, options).exec();
    return document === null ? undefined : fromStored(document as unknown as Stored);
  }

  async function find(where: Record<string, unknown>, { sort, index, limit, omit = [], session }: Query): Promise<E[]> {
    const bounds = { ...(limit === undefined ? {} : { limit }), ...(session ? { session } : {}) };
    const options = { lean: true, sort: { ...sort }, hint: { ...index }, ...bounds };
    const documents = await model.find(where as never, without([...unread, ...omit]) as never, options as never).exec();
    return (documents as unknown as Stored[]).map(fromListed);
  }

  async function save(changes: readonly Change<E>[], session?: Session): Promise<number> {
    if (changes.length === 0) return 0;
    const operations = changes.map((change) => toOperation(change, definition));
    const options = { ordered: false, ...(session ? { session } : {}) };
    const { matchedCount, insertedCount } = await native.bulkWrite(operations, options);
    return matchedCount + insertedCount;
  }

  async function versionsOf(keys: readonly Key[], session?: Session): Promise<Map<string, number>> {
    const filter = filterOfKeys(keys, isGlobal === true);
    if (filter === undefined) return new Map();
    const options = { hint: byId, projection: { tenantId: 1, version: 1 }, ...(session ? { session } : {}) };
    const found = await native.find(filter, options).toArray();
    return new Map(found.map(({ tenantId, _id, version }) => [keyText(tenantId ?? '', _id), Number(version)]));
  }

  return {
    definition,
    native,
    model,

    read: ({ tenantId, id }, options) =>
      findOne({ _id: id, ...(isGlobal || !tenantId ? {} : { tenantId }) }, byId, options),

    findOne,

    async readMany(keys, session) {
      const filter = filterOfKeys(keys, isGlobal === true);
      if (filter === undefined) return new Map();
      const options = { hint: byId, projection: without(unread), ...(session ? { session } : {}) };
      const documents = await native.find(filter, options).toArray();
      return new Map(documents.map((document) => [keyText(document.tenantId, document._id), fromStored(document)]));
    },

    list(where, range) {
      const { filter, ...query } = queryOf(where, range, definition);
      return find(filter, query);
    },

    find,

    async insert(created, session) {
      if (created.length === 0) return;
      const documents = created.map(({ after, events = [] }) => documentOf(after, events, definition));
      await native.insertMany(documents, { ordered: false, ...(session ? { session } : {}) });
    },

    async insertMissing(created, session) {
      if (created.length === 0) return;
      const operations = created.map(({ after, events = [] }) => {
        const { _id, tenantId, ...fields } = documentOf(after, events, definition);
        const filter = isGlobal ? { _id } : { tenantId, _id };
        return { updateOne: { filter, update: { $setOnInsert: fields }, upsert: true } };
      });
      const options = { ordered: false, ...(session ? { session } : {}) };
      await native.bulkWrite(operations as unknown as mongo.AnyBulkWriteOperation<Stored>[], options);
    },

    save,

    saveNewer: (states, session) =>
      saveNewer(
        states,
        { definition, native, versionsOf, documentOf: (state) => documentOf(state, [], definition) },
        session,
      ),

    async saveAll(changes, session) {
      const stored = await save(changes, session);
      if (stored !== changes.length)
        throw new Conflict(`${stored} of ${changes.length} changes of ${name} met the version they were decided on`);
    },
  };
}

/** The document of an entity with the events of the change that made it so; for native writes of measured hot paths. */
export function documentOf<E extends Entity>(
  entity: E,
  events: readonly DomainEvent[],
  definition: CollectionDefinition<E>,
): Stored {
  const document = definition.toStored(entity);
  return definition.isEvented ? { ...document, events: storeEvents(events) } : withoutAny(events, definition, document);
}

/** Nobody would publish them. */
function withoutAny<T>(events: readonly DomainEvent[], { name }: { name: string }, written: T): T {
  if (events.length > 0) throw new Error(`${name} has events to publish and is not declared as evented`);
  return written;
}

/** One branch per tenant, each pinned to it, as the driver guard demands; undefined for no keys. */
export function filterOfKeys(keys: Iterable<Key>, isGlobal: boolean): mongo.Filter<Stored> | undefined {
  const idsOf = new Map<string | undefined, Set<string>>();
  for (const { tenantId, id } of keys) {
    const ids = idsOf.get(tenantId);
    if (ids) ids.add(id);
    else idsOf.set(tenantId, new Set([id]));
  }
  const branches = [...idsOf].map(([tenantId, ids]) => {
    const one = { _id: { $in: [...ids] } };
    return isGlobal ? one : { tenantId: tenantId!, ...one };
  });
  return branches.length < 2 ? branches[0] : { $or: branches };
}

function toOperation<E extends Entity>(
  { before, after, events = [] }: Change<E>,
  definition: CollectionDefinition<E>,
): mongo.AnyBulkWriteOperation<Stored> {
  if (before === undefined) return { insertOne: { document: documentOf(after, events, definition) as never } };
  const decided = updateOf(before, after, definition);
  const update = definition.isEvented
    ? { ...decided, $set: { ...decided.$set, events: storeEvents(events) } }
    : withoutAny(events, definition, decided);
  const { id, tenantId, version } = before;
  const filter = definition.isGlobal ? { _id: id, version } : { _id: id, tenantId: tenantId!, version };
  return { updateOne: { filter, update: update as mongo.UpdateFilter<Stored>, hint: byId } };
}

type Update = {
  $set: Record<string, unknown>;
  $unset?: Record<string, ''>;
  $push?: Record<string, { $each: unknown[] }>;
};

/** Only what differs: a decider that keeps a field keeps its value, so comparing references is enough. */
function updateOf<E extends Entity>(before: E, after: E, definition: CollectionDefinition<E>): Update {
  const { fields, storedField } = definition;
  const update: Update = { $set: {} };
  for (const name of Object.keys(fields)) {
    const value = after[name as keyof E] as unknown;
    const former = before[name as keyof E] as unknown;
    if (value === former) continue;
    const stored = storedField(name, value);
    if (stored === undefined) update.$unset = { ...update.$unset, [name]: '' };
    else if (isAppended(fields[name as keyof typeof fields], former, value)) {
      update.$push = { ...update.$push, [name]: { $each: (value as unknown[]).slice(former.length) } };
    } else update.$set[name] = stored;
  }
  if (definition.derived) addDerived(update, before, after, definition);
  return update;
}

/** They are made anew for every change, so they are compared by what they hold. */
function addDerived<E extends Entity>(
  update: Update,
  before: E,
  after: E,
  { derivedFields }: CollectionDefinition<E>,
): void {
  const former = derivedFields(before);
  for (const [name, value] of Object.entries(derivedFields(after))) {
    if (JSON.stringify(value) === JSON.stringify(former[name])) continue;
    if (value === undefined) update.$unset = { ...update.$unset, [name]: '' };
    else update.$set[name] = value;
  }
}

/** Whether a list that usually only grows has just grown: what it had is what it has. */
function isAppended({ isAppendOnly }: { isAppendOnly?: true }, former: unknown, value: unknown): former is unknown[] {
  if (isAppendOnly !== true || !Array.isArray(former) || !Array.isArray(value)) return false;
  return former.every((item, place) => item === value[place]);
}

function queryOf<E extends Entity>(where: Where<E>, range: PageRange, definition: CollectionDefinition<E>) {
  const given = Object.entries(where).filter(([, value]) => value !== undefined);
  const names = new Set(given.map(([name]) => name));
  const list = definition.lists?.find(({ by = [] }) => by.every((field) => names.has(field)));
  if (list === undefined) throw new Error(`${definition.name}: no list is declared for ${[...names].join(', ')}`);
  const filter: Record<string, unknown> = Object.fromEntries(given);
  for (const [field, values] of Object.entries(list.every ?? {})) {
    if (!names.has(field)) filter[field] = mongoose.trusted({ $in: [...(values as readonly unknown[])] });
  }
  const field = list.order === 'newest' ? 'sortKey' : list.order === 'id' ? '_id' : list.order;
  const condition = rangeOf(list, range);
  if (condition) filter[field] = mongoose.trusted(condition);
  const position = definition.lists!.indexOf(list);
  const sort: Record<string, 1 | -1> = { [field]: list.order === 'newest' ? -1 : 1 };
  const { unlisted: omit } = definition;
  return { filter, sort, index: definition.indexes[position]!.key, limit: range.limit, ...(omit ? { omit } : {}) };
}

function rangeOf<E>({ order }: ListDefinition<E>, { from, to, after }: PageRange): Record<string, unknown> | undefined {
  if (order === 'newest') return sortKeyRange({ from, to, after: after && String(after.sort) });
  return after && { $gt: order === 'id' ? after.id : after.sort };
}
