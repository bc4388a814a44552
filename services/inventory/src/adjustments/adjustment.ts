// An adjustment: a change of what is on hand that somebody made by hand.
// Its id derives from the caller's idempotency key.
import { adjustmentCreated, type adjustmentReasons, type DomainEvent, makeEvent } from '@holdfast/shared/contracts';
import { type Cause, derivedId } from '@holdfast/shared/values';

export type AdjustmentReason = (typeof adjustmentReasons)[number];

/** A delta, or a count that is only right while the stock is what the counter saw. */
export type AdjustmentChange =
  | { kind: 'delta'; delta: number }
  | { kind: 'count'; count: number; expectedOnHand: number };

export type Adjustment = {
  id: string;
  tenantId: string;
  variantId: string;
  locationId: string;
  change: AdjustmentChange;
  /** What was added to what is on hand; 0 when a count found what was expected. */
  delta: number;
  onHandAfter: number;
  movementId: string;
  reason: AdjustmentReason;
  note?: string | undefined;
  /** The user who made it. */
  createdBy: string;
  createdAt: Date;
  version: number;
  /** What a repeated request is compared with. Nothing else needs freezing: an adjustment never changes. */
  creation: { requestHash: string };
};

/** The id that this caller's key always leads to. */
export function adjustmentIdOf(tenantId: string, callerId: string, idempotencyKey: string): string {
  return derivedId('adj', tenantId, callerId, 'adjustments.create', idempotencyKey);
}

/** The event of a new adjustment; its note stays out, it may name a person. */
export function createdEvent(adjustment: Adjustment, cause: Cause): DomainEvent {
  const { id: adjustmentId, tenantId, variantId, locationId, delta, reason, version, createdAt: now } = adjustment;
  const newEventId = () => derivedId('evt', tenantId, adjustmentId, String(version));
  const data = { adjustmentId, variantId, locationId, delta, reason };
  return makeEvent(adjustmentCreated, adjustment, { now, newEventId, cause }, data);
}
