// Writes full states where they are newer than what is stored.
import { isDuplicateKey } from '@holdfast/shared/persistence';
import { mongo } from 'mongoose';

type Versioned = { _id: string; tenantId: string; version: number };

/** Upserts the last state of each id. A stored state of the same or a later version stays. */
export async function upsertNewer<Row extends Versioned>(
  collection: mongo.Collection<Row>,
  states: readonly Row[],
): Promise<void> {
  const last = new Map<string, Row>();
  for (const state of states) if ((last.get(state._id)?.version ?? 0) < state.version) last.set(state._id, state);
  if (last.size === 0) return;
  const operations = [...last.values()].map(({ _id, tenantId, ...fields }) => ({
    updateOne: {
      filter: { tenantId, _id, version: { $lt: fields.version } } as unknown as mongo.Filter<Row>,
      update: { $set: fields } as unknown as mongo.UpdateFilter<Row>,
      upsert: true,
    },
  }));
  try {
    await collection.bulkWrite(operations, { ordered: false });
  } catch (error) {
    // The upsert of an older state finds no match and then the id taken: that is the newer one staying.
    if (!onlyDuplicates(error)) throw error;
  }
}

function onlyDuplicates(error: unknown): boolean {
  if (!(error instanceof mongo.MongoBulkWriteError)) return false;
  const failures = [error.writeErrors].flat();
  return isDuplicateKey(error) && failures.every((one) => one.code === 11_000);
}
