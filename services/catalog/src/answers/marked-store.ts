// A collection whose writes mark the answers that they concern. Invariant: what is written through it inside a request
// is marked before its transaction can commit.
import type { WriteMarker } from '@holdfast/shared/cache';
import type { Change, Collection } from '@holdfast/shared/persistence';
import { type ShownKind, tagChanges } from './changed-tags.ts';

type Shown = { id: string; tenantId: string; version: number };
type Writes<E extends Shown> = Pick<Collection<E>, 'insert' | 'insertMissing' | 'save' | 'saveAll'>;

/** The collection with these writes marked; everything else as it is. */
export function markedStore<E extends Shown, Store extends Writes<E>>(
  store: Store & Writes<E>,
  kind: ShownKind,
  marker: Pick<WriteMarker, 'changing'>,
): Store {
  // Beside the write: marking takes no longer than that, and the commit comes after both.
  async function beside<T>(changes: readonly Change<E>[], writing: Promise<T>): Promise<T> {
    const byTenant = Map.groupBy(changes, ({ after }) => after.tenantId);
    const marking = [...byTenant].map(([tenantId, own]) => {
      const changed = own.map(({ after }) => after);
      return marker.changing(tenantId, tagChanges(kind, changed));
    });
    const [written] = await Promise.all([writing, ...marking]);
    return written;
  }
  const writes: Writes<E> = {
    insert: (created, session) => beside(created, store.insert(created, session)),
    insertMissing: (created, session) => beside(created, store.insertMissing(created, session)),
    save: (changes, session) => beside(changes, store.save(changes, session)),
    saveAll: (changes, session) => beside(changes, store.saveAll(changes, session)),
  };
  return { ...store, ...writes };
}
