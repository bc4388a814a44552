// Stores full states where they are newer than what is stored: projections. What is there is read first, because an
// upsert costs the server several times what a read by id and an insert cost, and most states are of new documents.
// Invariant: a stored state of the same or a later version stays, whoever writes at the same time.
import type { mongo } from 'mongoose';
import { keyText } from '../../values/index.ts';
import { Conflict, isDuplicateKey, isOnlyDuplicateKeys } from '../errors.ts';
import type { Key, Session } from './collection.ts';
import type { CollectionDefinition, Entity, Stored } from './definition.ts';

export type SavingNewer<E extends Entity> = {
  definition: CollectionDefinition<E>;
  native: mongo.Collection<Stored>;
  /** The document of a state, without events. */
  documentOf: (state: E) => Stored;
  /** The versions that are stored, by `keyText`. */
  versionsOf: (keys: readonly Key[], session?: Session) => Promise<ReadonlyMap<string, number>>;
};

/** Stores the states. In a session it throws Conflict when somebody else inserts one of them at the same time. */
export async function saveNewer<E extends Entity>(
  states: readonly E[],
  { definition, native, documentOf, versionsOf }: SavingNewer<E>,
  session?: Session,
): Promise<void> {
  const newest = [...newestOf(states).values()];
  if (newest.length === 0) return;
  const stored = await versionsOf(newest, session);
  const storedOf = ({ tenantId, id }: E) => stored.get(keyText(tenantId ?? '', id));
  const missing = newest.filter((state) => storedOf(state) === undefined);
  const newer = newest.filter((state) => (storedOf(state) ?? Number.POSITIVE_INFINITY) < state.version!);
  const options = { ordered: false, ...(session ? { session } : {}) };

  async function update(changed: readonly E[]): Promise<void> {
    if (changed.length === 0) return;
    const operations = changed.map((state) => {
      const { _id, tenantId, ...fields } = documentOf(state);
      const filter = { ...(definition.isGlobal ? { _id } : { tenantId, _id }), version: { $lt: state.version } };
      return { updateOne: { filter, update: { $set: fields }, hint: { _id: 1 } } };
    });
    await native.bulkWrite(operations as unknown as mongo.AnyBulkWriteOperation<Stored>[], options);
  }

  await update(newer);
  if (missing.length === 0) return;
  try {
    await native.insertMany(missing.map(documentOf) as never, options);
  } catch (error) {
    if (session && isDuplicateKey(error)) throw new Conflict('another writer inserted the same state');
    if (session || !isOnlyDuplicateKeys(error)) throw error;
    // They came meanwhile: those that are older than ours give way.
    await update(missing);
  }
}

function newestOf<E extends Entity>(states: readonly E[]): Map<string, E> {
  const newest = new Map<string, E>();
  for (const state of states) {
    const key = keyText(state.tenantId ?? '', state.id);
    if ((newest.get(key)?.version ?? 0) < state.version!) newest.set(key, state);
  }
  return newest;
}
