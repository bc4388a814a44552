// A stock level: what a tenant has of one variant at one location.
// Invariant: 0 <= reserved <= onHand <= onHandMax; each posting has the next sequence number.

import { onHandMax } from '@holdfast/shared/contracts';
import { derivedId } from '@holdfast/shared/values';
import type { Movement, MovementKind, Reference } from './movement.ts';

export type StockLevel = {
  id: string;
  tenantId: string;
  variantId: string;
  locationId: string;
  onHand: number;
  reserved: number;
  /** Raised by one with every write; a write names the version that it has read. */
  version: number;
  /** The sequence number of the last movement; 0 before the first. */
  sequence: number;
  /** Time of the last movement, or of the opening. */
  movedAt: Date;
  /** What waits to be taken away, oldest first; undefined where nothing does, which is nearly everywhere. */
  withheld?: readonly Withheld[] | undefined;
};

/** Units that a waiting adjustment is going to take: still there, and promised to nobody else. */
export type Withheld = { adjustmentId: string; units: number };

/** What is to be moved and why. */
export type Posting = {
  movementId: string;
  kind: MovementKind;
  onHandDelta: number;
  reservedDelta: number;
  reason: string;
  actor: string;
  reference: Reference;
};

/** The id of the level of a variant at a location; another tenant's variant derives an id that does not exist. */
export function levelIdOf(tenantId: string, variantId: string, locationId: string): string {
  return derivedId('lvl', tenantId, variantId, locationId);
}

/** The units that wait to be taken away. */
export function withheldOf({ withheld = [] }: Pick<StockLevel, 'withheld'>): number {
  return withheld.reduce((sum, { units }) => sum + units, 0);
}

/** What can still be promised; never below 0. */
export function availableOf(level: Pick<StockLevel, 'onHand' | 'reserved' | 'withheld'>): number {
  return Math.max(0, level.onHand - level.reserved - withheldOf(level));
}

/** A level without stock, as it is before its first movement. */
export function emptyLevel(tenantId: string, variantId: string, locationId: string, now: Date): StockLevel {
  const id = levelIdOf(tenantId, variantId, locationId);
  return { id, tenantId, variantId, locationId, onHand: 0, reserved: 0, version: 0, sequence: 0, movedAt: now };
}

/**
 * The level after a posting and the movement that proves it. Throws when the posting breaks the level:
 * deciders check first.
 */
export function post(level: StockLevel, posting: Posting, now: Date): { level: StockLevel; movement: Movement } {
  const onHand = level.onHand + posting.onHandDelta;
  const reserved = level.reserved + posting.reservedDelta;
  if (!(Number.isSafeInteger(onHand) && 0 <= reserved && reserved <= onHand && onHand <= onHandMax)) {
    throw new Error(`a ${posting.kind} would leave level ${level.id} with ${reserved} of ${onHand} reserved`);
  }
  const sequence = level.sequence + 1;
  const createdAt = now > level.movedAt ? now : level.movedAt;
  const { movementId, ...facts } = posting;
  const { tenantId, variantId, locationId } = level;
  return {
    level: { ...level, onHand, reserved, sequence, movedAt: createdAt },
    movement: {
      id: movementId,
      tenantId,
      variantId,
      locationId,
      ...facts,
      sequence,
      onHandAfter: onHand,
      reservedAfter: reserved,
      createdAt,
    },
  };
}
