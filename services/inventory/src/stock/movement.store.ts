// The ledger in MongoDB: movements are inserted and never changed.
// Invariant: a sequence number of a level exists once.
import { movementKinds } from '@holdfast/shared/contracts';
import {
  type Database,
  defineCollection,
  field,
  openCollection,
  type PageRange,
  type Session,
} from '@holdfast/shared/persistence';
import { sortKeyOf } from '@holdfast/shared/values';
import mongoose from 'mongoose';
import { ledgerReadMax } from '../limits.ts';
import type { Movement, MovementKind } from './movement.ts';
import { type VariantRange, variantCondition } from './variant-range.ts';

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
    { by: ['variantId'], every: { kind: movementKinds }, also: ['locationId', 'reason'], order: 'newest' },
    { every: { kind: movementKinds }, also: ['locationId', 'reason'], order: 'newest' },
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

const ledger = { tenantId: 1, variantId: 1, locationId: 1, sequence: 1 } as const;

export type LedgerFilter = {
  variantId?: string | undefined;
  locationId?: string | undefined;
  kinds?: readonly MovementKind[] | undefined;
  reasons?: readonly string[] | undefined;
};

export type MovementStore = ReturnType<typeof openMovements>;

export function openMovements(database: Database) {
  const { insert, list, find, native } = openCollection(database, movements);
  return {
    /** A page of the ledger, newest first; of several kinds or reasons any. */
    list({ kinds, reasons, ...where }: LedgerFilter, range: PageRange): Promise<Movement[]> {
      const kind = kinds && (oneOf(kinds) as MovementKind);
      const reason = reasons && (oneOf(reasons) as string);
      return list({ ...where, kind, reason }, range);
    },
    /** Those of these ids that exist, in any order. */
    ofIds: (ids: readonly string[]) => find({ _id: oneOf(ids) }, { sort: byId, index: byId }),

    /** The ledgers of these variants, level by level, each by its sequence numbers. */
    async *eachOf(tenantId: string, variants: VariantRange): AsyncGenerator<Movement> {
      const filter = { tenantId, variantId: variantCondition(variants) };
      const options = { hint: ledger, sort: ledger, batchSize: ledgerReadMax };
      for await (const document of native.find(filter, options)) yield movements.fromStored(document);
    },

    insert: (added: readonly Movement[], session: Session) =>
      insert(
        added.map((after) => ({ after })),
        session,
      ),
  };
}

const byId = { _id: 1 } as const;
const oneOf = (values: readonly string[]): unknown => mongoose.trusted({ $in: [...values] });
