// A movement: one line of the ledger, appended with every change of a level and never edited or deleted.
// Invariant: a level's numbers are the sums of its movements' deltas, at every sequence number.
import type { movementKinds } from '@holdfast/shared/contracts';

export type MovementKind = (typeof movementKinds)[number];

export type Reference = {
  type: 'order' | 'adjustment' | 'variant' | 'transfer' | 'reconciliation' | 'purchase_order';
  id: string;
};

export type Movement = {
  /** Derived from what caused it, so that the same cause can never be written twice. */
  id: string;
  tenantId: string;
  variantId: string;
  locationId: string;
  kind: MovementKind;
  /** Per level, from 1, without a gap. */
  sequence: number;
  onHandDelta: number;
  reservedDelta: number;
  onHandAfter: number;
  reservedAfter: number;
  reason: string;
  /** A user id, or `service:<name>` for what an event caused. */
  actor: string;
  reference: Reference;
  /** Never before the movement in front of it, so that a level's movements have one order by time and by sequence. */
  createdAt: Date;
};
