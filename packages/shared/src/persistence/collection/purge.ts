// Removes what has been over for long, in bounded steps. Of evented collections only a purge may.
import mongoose, { type mongo } from 'mongoose';
import { asSystem } from '../context.ts';
import type { Collection, Key } from './collection.ts';
import type { Entity, Stored } from './definition.ts';

export type Purge = {
  /** The date that decides; the index begins with it. */
  readonly field: string;
  readonly before: Date;
  readonly limit: number;
  readonly index: Readonly<Record<string, 1 | -1>>;
  /** Further conditions. */
  readonly where?: Readonly<Record<string, unknown>>;
  /** Runs before they are removed: what belongs to them goes first. */
  readonly prepare?: (keys: readonly Key[]) => Promise<void>;
};

/** Removes documents of all tenants whose date is before a time, the oldest first; returns which. */
export function purgeBefore<E extends Entity>(
  { definition, find, native }: Pick<Collection<E>, 'definition' | 'find' | 'native'>,
  { field, before, limit, index, where = {}, prepare }: Purge,
): Promise<Key[]> {
  return asSystem(`purge ${definition.name}`, async () => {
    const due = { [field]: mongoose.trusted({ $type: 'date', $lt: before }), ...where };
    const found = await find(due, { sort: index, index, limit });
    if (found.length === 0) return [];
    const keys = found.map(({ tenantId, id }) => ({ ...(tenantId === undefined ? {} : { tenantId }), id }));
    await prepare?.(keys);
    const ids = found.map(({ id }) => id);
    await native.deleteMany({ _id: { $in: ids }, [field]: { $lt: before } } as mongo.Filter<Stored>);
    return keys;
  });
}
