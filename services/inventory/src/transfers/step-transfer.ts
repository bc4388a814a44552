// Decides a step of a transfer, over levels and documents in memory: nothing here reads, writes or waits.
// Invariants: shipping takes from the source, receiving adds to the destination what arrived, cancelling returns to the
// source all that was shipped; in between it is nowhere. A movement's id follows from the transfer, the step and the
// level, so that nothing happens twice. While stock is on the way, neither location can be deleted: shipping writes
// the documents of both.
import { onHandMax } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { assertSameRequest, type Cause, derivedId, type RequestKey } from '@holdfast/shared/values';
import { mainLocationIdOf, withArrival } from '../locations/location.ts';
import { locationKind, prepareLevel } from '../stock/arrivals.ts';
import type { StockBook } from '../stock/stock-book.ts';
import type { DocumentKind, StockDocuments } from '../stock/stock-documents.ts';
import { availableOf, levelIdOf } from '../stock/stock-level.ts';
import {
  asAfter,
  assertCanBecome,
  eventOf,
  movementIdOf,
  receivedLines,
  requestIdOf,
  type Transfer,
  type TransferLine,
  type TransferStep,
  withStep,
} from './transfer.ts';

/** The documents that it decides on. */
export const transferKind: DocumentKind<Transfer> = { name: 'transfers' };

export type StepCommand = {
  tenantId: string;
  transferId: string;
  to: TransferStep['to'];
  by: string;
  key?: RequestKey | undefined;
  /** What arrived, when it is received. */
  lines?: readonly TransferLine[] | undefined;
  cause: Cause;
};
export type StepResult = { transfer: Transfer; replayed: boolean };
type World = { book: StockBook; documents: StockDocuments };

/**
 * Throws `not_found`, `illegal_transition`, `idempotency_key_reused`, `unknown_location`, `insufficient_stock` and
 * `would_break_reservations` with `shortages`, `transfer_mismatch`, `stock_out_of_range`.
 */
export function stepTransfer(command: StepCommand, world: World, now: Date): StepResult {
  const { tenantId, transferId, to, by, key, cause } = command;
  const before = world.documents.find(transferKind, { tenantId, id: transferId });
  if (before === undefined) throw new DomainError('not_found');
  const requestId = key && requestIdOf(before, to, { by, key });
  const earlier = requestId === undefined ? -1 : before.steps.findIndex((step) => step.requestId === requestId);
  if (earlier >= 0) {
    assertSameRequest(before.steps[earlier], key!);
    return { transfer: asAfter(before, earlier + 1), replayed: true };
  }
  assertCanBecome(before, to);
  const identity = key && requestId !== undefined ? { requestId, requestHash: key.requestHash } : {};
  const lines = to === 'RECEIVED' ? receivedLines(before, command.lines) : before.lines;
  const after = withStep(before, { to, by, at: now, ...identity }, lines);
  move(before, after, command, world);
  const newEventId = () => derivedId('evt', tenantId, transferId, String(after.version));
  world.documents.write(transferKind, after, [eventOf(after, { now, newEventId, cause })]);
  return { transfer: after, replayed: false };
}

function move(before: Transfer, after: Transfer, command: StepCommand, world: World): void {
  const { to } = command;
  if (to === 'SHIPPED') ship(after, command, world);
  if (to === 'RECEIVED') bring(after, after.toLocationId, command, world);
  // Nothing has left a draft's source.
  if (to === 'CANCELLED' && before.status === 'SHIPPED') bring(after, after.fromLocationId, command, world);
}

function ship(transfer: Transfer, command: StepCommand, world: World): void {
  const { tenantId, fromLocationId, toLocationId, lines } = transfer;
  const { book, documents } = world;
  const away = [fromLocationId, toLocationId].filter((id) => id !== mainLocationIdOf(tenantId));
  const locations = away.map((id) => {
    const location = documents.find(locationKind, { tenantId, id });
    if (location?.deletedAt !== null) throw new DomainError('unknown_location', { extra: { locationId: id } });
    return location;
  });
  refuseShortages(transfer, book);
  for (const { variantId, quantity } of lines) post(transfer, { variantId, units: -quantity }, command, book);
  for (const location of locations) documents.write(locationKind, withArrival(location).after, []);
}

function refuseShortages({ tenantId, fromLocationId, lines }: Transfer, book: StockBook): void {
  const short = lines.flatMap(({ variantId, quantity }) => {
    const level = book.level(levelIdOf(tenantId, variantId, fromLocationId));
    const [onHand, available] = level ? [level.onHand, availableOf(level)] : [0, 0];
    return quantity > available ? [{ variantId, requested: quantity, available, onHand }] : [];
  });
  if (short.length === 0) return;
  const isThere = short.every(({ requested, onHand }) => requested <= onHand);
  const shortages = short.map(({ onHand: _onHand, ...shortage }) => shortage);
  throw new DomainError(isThere ? 'would_break_reservations' : 'insufficient_stock', { extra: { shortages } });
}

/** Adds to a location what arrived there, or all that was shipped. */
function bring(transfer: Transfer, locationId: string, command: StepCommand, { book, documents }: World): void {
  const { tenantId, lines } = transfer;
  const arriving = lines.map(({ variantId, quantity, received = quantity }) => ({ variantId, units: received }));
  const tooMany = arriving.filter(({ variantId, units }) => {
    prepareLevel({ tenantId, variantId, locationId }, book, documents);
    const level = book.level(levelIdOf(tenantId, variantId, locationId));
    return (level?.onHand ?? 0) + units > onHandMax;
  });
  if (tooMany.length > 0) {
    throw new DomainError('stock_out_of_range', { extra: { variantIds: tooMany.map(({ variantId }) => variantId) } });
  }
  for (const one of arriving) if (one.units > 0) post(transfer, one, command, book, locationId);
}

const reasons = {
  SHIPPED: 'transfer_shipped',
  RECEIVED: 'transfer_received',
  CANCELLED: 'transfer_cancelled',
} as const;

function post(
  transfer: Transfer,
  { variantId, units }: { variantId: string; units: number },
  { to, by: actor, cause }: StepCommand,
  book: StockBook,
  locationId = transfer.fromLocationId,
): void {
  const { id, tenantId } = transfer;
  const levelId = levelIdOf(tenantId, variantId, locationId);
  const posting = {
    movementId: movementIdOf(transfer, to, { variantId, locationId }),
    kind: 'transfer' as const,
    onHandDelta: units,
    reservedDelta: 0,
    reason: reasons[to],
    actor,
    reference: { type: 'transfer' as const, id },
  };
  if (book.level(levelId) === undefined) throw new DomainError('level_missing', { extra: { variantIds: [variantId] } });
  book.post(levelId, posting, cause);
}
