// A transfer: stock that moves from one location to another in two legs. What is on the way is on hand nowhere.
// Invariant: its status changes along the table only, and every change is a step that tells who, when and under which
// Idempotency-Key, so that a repeated request gets its first answer.
import {
  type DomainEvent,
  makeEvent,
  onHandMax,
  transferCancelled,
  transferCreated,
  transferReceived,
  transferShipped,
  type transferStatuses,
} from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { derivedId, type RequestKey, type Stamp } from '@holdfast/shared/values';
import { levelIdOf } from '../stock/stock-level.ts';

export type TransferStatus = (typeof transferStatuses)[number];
export type TransferLine = {
  variantId: string;
  quantity: number;
  /** Once it is RECEIVED. */
  received?: number;
  shortage?: number;
};
export type TransferStep = {
  to: Exclude<TransferStatus, 'DRAFT'>;
  by: string;
  at: Date;
  version: number;
  /** Where a client sent an Idempotency-Key: what it leads to, and the hash of what was sent with it. */
  requestId?: string;
  requestHash?: string;
};
export type Transfer = {
  id: string;
  tenantId: string;
  fromLocationId: string;
  toLocationId: string;
  /** Of different variants. */
  lines: readonly TransferLine[];
  note?: string | undefined;
  status: TransferStatus;
  steps: readonly TransferStep[];
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
  version: number;
  creation: { requestHash: string } | null;
};

/** Which status may follow which. */
export const transitions: Readonly<Record<TransferStatus, readonly TransferStep['to'][]>> = {
  DRAFT: ['SHIPPED', 'CANCELLED'],
  SHIPPED: ['RECEIVED', 'CANCELLED'],
  RECEIVED: [],
  CANCELLED: [],
};

const done = { SHIPPED: 'shipped', RECEIVED: 'received', CANCELLED: 'cancelled' } as const;

/** Throws `illegal_transition` with the allowed ones. */
export function assertCanBecome({ status }: Transfer, to: TransferStep['to']): void {
  const allowed = transitions[status];
  if (allowed.includes(to)) return;
  throw new DomainError('illegal_transition', {
    detail: `A transfer that is ${status} cannot be ${done[to]}.`,
    extra: { transferStatus: status, allowed: [...allowed] },
  });
}

export type NewTransfer = Pick<
  Transfer,
  'id' | 'tenantId' | 'fromLocationId' | 'toLocationId' | 'lines' | 'note' | 'createdBy' | 'createdAt' | 'creation'
>;

/** A draft. Throws `stock_out_of_range` for more of a variant than any location can have. */
export function newTransfer({ lines, note, ...facts }: NewTransfer): Transfer {
  const merged = mergeByVariant(lines);
  const tooMany = merged.filter(({ quantity }) => quantity > onHandMax);
  if (tooMany.length > 0) {
    throw new DomainError('stock_out_of_range', { extra: { variantIds: tooMany.map(({ variantId }) => variantId) } });
  }
  const blank = { status: 'DRAFT', steps: [], updatedAt: facts.createdAt, version: 1 } as const;
  return { ...facts, lines: merged, ...(note === undefined ? {} : { note }), ...blank };
}

/** Lines of one variant become one. */
export function mergeByVariant(lines: readonly TransferLine[]): TransferLine[] {
  const quantities = new Map<string, number>();
  for (const { variantId, quantity } of lines) quantities.set(variantId, (quantities.get(variantId) ?? 0) + quantity);
  return [...quantities].map(([variantId, quantity]) => ({ variantId, quantity }));
}

/**
 * What arrived of each line: everything where nothing is said, nothing of what is left out.
 * Throws `transfer_mismatch` for what was not shipped.
 */
export function receivedLines({ lines }: Transfer, arrived: readonly TransferLine[] | undefined): TransferLine[] {
  if (arrived === undefined) return lines.map((line) => ({ ...line, received: line.quantity, shortage: 0 }));
  const received = new Map(mergeByVariant(arrived).map(({ variantId, quantity }) => [variantId, quantity]));
  const shipped = new Map(lines.map(({ variantId, quantity }) => [variantId, quantity]));
  const wrong = [...received].filter(([variantId, quantity]) => quantity > (shipped.get(variantId) ?? -1));
  if (wrong.length > 0) {
    const mismatches = wrong.map(([variantId, quantity]) => ({
      variantId,
      received: quantity,
      shipped: shipped.get(variantId) ?? 0,
    }));
    throw new DomainError('transfer_mismatch', { extra: { lines: mismatches } });
  }
  return lines.map((line) => {
    const count = received.get(line.variantId) ?? 0;
    return { ...line, received: count, shortage: line.quantity - count };
  });
}

/** The transfer after a step, which `lines` may belong to. */
export function withStep(
  transfer: Transfer,
  step: Omit<TransferStep, 'version'>,
  lines: readonly TransferLine[] = transfer.lines,
): Transfer {
  const version = transfer.version + 1;
  const steps = [...transfer.steps, { ...step, version }];
  return { ...transfer, lines, status: step.to, steps, updatedAt: step.at, version };
}

/** The transfer as it was after its first steps: what the request that made the last of them was answered. */
export function asAfter(transfer: Transfer, stepCount: number): Transfer {
  const steps = transfer.steps.slice(0, stepCount);
  const last = steps.at(-1);
  const status = last?.to ?? 'DRAFT';
  const lines = status === 'RECEIVED' ? transfer.lines : mergeByVariant(transfer.lines);
  return { ...transfer, lines, steps, status, version: last?.version ?? 1, updatedAt: last?.at ?? transfer.createdAt };
}

/** What a client's key leads to, for one step of one transfer. */
export function requestIdOf(
  { tenantId, id }: Pick<Transfer, 'tenantId' | 'id'>,
  to: TransferStep['to'],
  { by, key }: { by: string; key: RequestKey },
): string {
  return derivedId('req', tenantId, by, `transfers.${to}`, id, key.key);
}

/** The id of what a step moves on a level: a step moves it once. */
export function movementIdOf(
  { tenantId, id }: Pick<Transfer, 'tenantId' | 'id'>,
  to: TransferStep['to'],
  { variantId, locationId }: { variantId: string; locationId: string },
): string {
  return derivedId('mov', tenantId, id, to, levelIdOf(tenantId, variantId, locationId));
}

const definitions = { SHIPPED: transferShipped, RECEIVED: transferReceived, CANCELLED: transferCancelled } as const;

/** What events tell of a transfer; its note stays out, it may name a person. */
export function dataOf({ id: transferId, fromLocationId, toLocationId, lines, status }: Transfer) {
  return { transferId, fromLocationId, toLocationId, status, lines: [...lines] };
}

/** The event of the last thing that happened to it. */
export function eventOf(transfer: Transfer, stamp: Stamp): DomainEvent {
  const definition = transfer.status === 'DRAFT' ? transferCreated : definitions[transfer.status];
  return makeEvent(definition, transfer, stamp, dataOf(transfer));
}
