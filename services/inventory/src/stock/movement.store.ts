// The ledger in MongoDB: movements are inserted and never changed.
// Invariant: a sequence number of a level exists once.
import { movementKinds } from '@holdfast/shared/contracts';
import { type Database, defineCollection, field, openCollection, type Session } from '@holdfast/shared/persistence';
import { sortKeyOf } from '@holdfast/shared/values';
import type { Movement } from './movement.ts';

export const movements = defineCollection<Movement>({
  name: 'movements',
  holds: 'A line of the ledger: what changed a level, by how much, and the balance after it.',
  fields: {
    variantId: field.text,
    locationId: field.text,
    kind: field.oneOf(movementKinds),
    sequence: field.number,
    onHandDelta: field.number,
    reservedDelta: field.number,
    onHandAfter: field.number,
    reservedAfter: field.number,
    reason: field.text,
    actor: field.text,
    reference: field.object(),
    createdAt: field.date,
  },
  // Three indexes are all that the ledger can afford: each is written with every line of every order.
  lists: [
    { by: ['variantId'], every: { kind: movementKinds }, order: 'newest' },
    { every: { kind: movementKinds }, order: 'newest' },
  ],
  indexes: [
    {
      key: { tenantId: 1, variantId: 1, locationId: 1, sequence: 1 },
      unique: true,
      serves: 'the ledger of a level in its order; a sequence number exists once',
    },
  ],
  // A level's movements have one order by time and by sequence, so that with a variant a list comes by sequence.
  sortKey: ({ createdAt, id, sequence }) => sortKeyOf(createdAt, id, sequence),
});

export type MovementStore = ReturnType<typeof openMovements>;

export function openMovements(database: Database) {
  const { insert, list } = openCollection(database, movements);
  return {
    list,
    insert: (added: readonly Movement[], session: Session) =>
      insert(
        added.map((after) => ({ after })),
        session,
      ),
  };
}
