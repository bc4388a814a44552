// An adjustment: a change of what is on hand that somebody made by hand, and may correct or take back. Its id derives
// from the caller's idempotency key. Invariants: its movements add up to `moved`; each of its versions makes at most
// one movement under a reason and one event, whose ids derive from the version; the answer to its creation is frozen
// before it changes.
import {
  adjustmentCreated,
  adjustmentDeleted,
  type adjustmentReasons,
  adjustmentRefused,
  type adjustmentStatuses,
  adjustmentUpdated,
  adjustmentWaiting,
  type DomainEvent,
  makeEvent,
} from '@holdfast/shared/contracts';
import { type Cause, derivedId } from '@holdfast/shared/values';
import type { DocumentKind } from '../stock/stock-documents.ts';
import { levelIdOf, type Posting } from '../stock/stock-level.ts';

export type AdjustmentReason = (typeof adjustmentReasons)[number];
export type AdjustmentStatus = (typeof adjustmentStatuses)[number];

/** A delta, or a count that is only right while the stock is what the counter saw. */
export type AdjustmentChange =
  | { kind: 'delta'; delta: number }
  | { kind: 'count'; count: number; expectedOnHand: number };

/** What an adjustment says, besides where. */
export type AdjustmentFields = {
  change: AdjustmentChange;
  /** What it adds to what is on hand; 0 when a count found what was expected. */
  delta: number;
  reason: AdjustmentReason;
  note?: string | undefined;
};

/** A forced change that waits for orders to give back what it takes. */
export type WaitingChange = {
  change: 'create' | 'update' | 'delete';
  /** What is added to what is on hand when it is applied; below 0. */
  difference: number;
  /** What the adjustment says then. */
  fields: AdjustmentFields;
  /** The orders that were asked, newest first. */
  orderIds: readonly string[];
  actor: string;
  cause: Cause;
};

/** What a replay of the create answers, once the adjustment is no longer as it was then. */
export type FirstAnswer = Pick<Adjustment, 'delta' | 'onHandAfter' | 'movementId' | 'version' | 'updatedAt'>;

export type Adjustment = AdjustmentFields & {
  id: string;
  tenantId: string;
  variantId: string;
  locationId: string;
  status: AdjustmentStatus;
  /** The sum of its movements: `delta`, but 0 while its creation waits, and after it was refused or deleted. */
  moved: number;
  /** After its last movement, as `movementId`; undefined while nothing has moved. */
  onHandAfter?: number | undefined;
  movementId?: string | undefined;
  /** While it is WAITING. */
  waiting?: WaitingChange | undefined;
  /** When what waits is refused. */
  dueAt?: Date | undefined;
  /** The user who made it. */
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
  version: number;
  /** What a repeated request is compared with, and its answer once that would be another one. */
  creation: { requestHash: string; first?: FirstAnswer };
};

/** The documents that commands on adjustments decide on. */
export const adjustmentKind: DocumentKind<Adjustment> = { name: 'adjustments' };

/** The id that this caller's key always leads to. */
export function adjustmentIdOf(tenantId: string, callerId: string, idempotencyKey: string): string {
  return derivedId('adj', tenantId, callerId, 'adjustments.create', idempotencyKey);
}

/** The level that it changes. */
export function levelOfAdjustment({ tenantId, variantId, locationId }: Adjustment): string {
  return levelIdOf(tenantId, variantId, locationId);
}

type Named = Pick<Adjustment, 'tenantId' | 'id'>;

/** The id of what a version moves under the reason that it has. */
export const movedId = ({ tenantId, id }: Named, version: number) => derivedId('mov', tenantId, id, String(version));

/** The id of what a version takes back under the reason that it no longer has. */
export function takenBackId({ tenantId, id }: Named, version: number): string {
  return derivedId('mov', tenantId, id, String(version), 'taken_back');
}

/** What one version of an adjustment moves under its reason. */
export function postingOf(
  { id, tenantId, change, reason }: Pick<Adjustment, 'id' | 'tenantId' | 'change' | 'reason'>,
  { version, difference, actor }: { version: number; difference: number; actor: string },
): Posting {
  return {
    movementId: movedId({ tenantId, id }, version),
    kind: change.kind === 'delta' ? 'adjustment' : 'count',
    onHandDelta: difference,
    reservedDelta: 0,
    reason,
    actor,
    reference: { type: 'adjustment', id },
  };
}

/** The creation with its answer frozen, given the adjustment before its first change. */
export function frozenCreation({ creation, ...before }: Adjustment): Adjustment['creation'] {
  const isAnswered = before.status === 'APPLIED' && creation.first === undefined;
  if (!isAnswered) return creation;
  const { delta, onHandAfter, movementId, version, updatedAt } = before;
  return { ...creation, first: { delta, onHandAfter, movementId, version, updatedAt } };
}

/** The adjustment as its creation was answered, or as it waits; what was asked for comes with the repeated request. */
export function asCreated(adjustment: Adjustment, asked: Omit<AdjustmentFields, 'delta'>): Adjustment {
  const { first } = adjustment.creation;
  if (first === undefined) return adjustment;
  const { change, reason, note } = asked;
  return { ...adjustment, ...first, change, reason, note, status: 'APPLIED', waiting: undefined };
}

const eventOf = { created: adjustmentCreated, updated: adjustmentUpdated, deleted: adjustmentDeleted } as const;
/** The event of a change that is applied. */
export const eventOfChange = { create: 'created', update: 'updated', delete: 'deleted' } as const;

/** The event of a version; its note stays out, it may name a person. */
export function appliedEvent(
  adjustment: Adjustment,
  what: keyof typeof eventOf,
  { difference, cause }: { difference: number; cause: Cause },
): DomainEvent {
  const data = what === 'created' ? aboutOf(adjustment) : { ...aboutOf(adjustment), difference };
  return makeEvent(eventOf[what], adjustment, stampOf(adjustment, cause), data as never);
}

/** The event that asks orders to give stock back until `cancelBefore`. */
export function waitingEvent(adjustment: Adjustment, waiting: WaitingChange, cancelBefore: Date): DomainEvent {
  const { difference, orderIds, cause, fields } = waiting;
  const asked = { orderIds: [...orderIds], cancelBefore: cancelBefore.toISOString() };
  const data = { ...aboutOf({ ...adjustment, ...fields }), difference, ...asked };
  return makeEvent(adjustmentWaiting, adjustment, stampOf(adjustment, cause), data);
}

export function refusedEvent(adjustment: Adjustment, { difference, cause }: WaitingChange): DomainEvent {
  return makeEvent(adjustmentRefused, adjustment, stampOf(adjustment, cause), { ...aboutOf(adjustment), difference });
}

const aboutOf = ({ id: adjustmentId, variantId, locationId, delta, reason }: Adjustment) => {
  return { adjustmentId, variantId, locationId, delta, reason };
};

function stampOf({ id, tenantId, version, updatedAt: now }: Adjustment, cause: Cause) {
  return { now, newEventId: () => derivedId('evt', tenantId, id, String(version)), cause };
}
