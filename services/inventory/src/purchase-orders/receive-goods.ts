// Decides a receipt and its reversal, over levels and documents in memory: nothing here reads, writes or waits.
// Invariants: received quantities, status, stock, movements, average cost and what is incoming change together or not
// at all; a movement's id follows from the receipt and the level, so that nothing is counted twice.
import { onHandMax } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { assertSameRequest, type Caller, type Cause, derivedId, type RequestKey } from '@holdfast/shared/values';
import { prepareLevel } from '../stock/arrivals.ts';
import type { StockBook } from '../stock/stock-book.ts';
import type { StockDocuments } from '../stock/stock-documents.ts';
import { availableOf, levelIdOf } from '../stock/stock-level.ts';
import { noteIncoming } from './incoming.ts';
import { receivedEvents, reversedEvent } from './purchase-events.ts';
import { type PurchaseOrder, purchaseOrderKind, refuseTransition, withEntry } from './purchase-order.ts';
import {
  type AnsweredOrder,
  countLines,
  type DeliveredLine,
  type Receipt,
  type ReceiptLine,
  receiptKind,
  receiveLines,
  statusFrom,
  strayingLines,
  type Tolerances,
} from './receipt.ts';
import { movedCost, variantCostIdOf, variantCostKind } from './variant-cost.ts';

export type ReceiveCommand = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  purchaseOrderId: string;
  /** Derived from the caller and the key. */
  receiptId: string;
  key: RequestKey;
  lines: readonly DeliveredLine[];
  tolerances: Tolerances;
  cause: Cause;
};
export type Received = { receipt: Receipt; order: PurchaseOrder; replayed: boolean };
type World = { book: StockBook; documents: StockDocuments };

/**
 * Throws what `receiveLines` throws; `not_found`, `unknown_location`, `stock_out_of_range`,
 * `idempotency_key_reused`.
 */
export function receiveGoods(command: ReceiveCommand, world: World, now: Date): Received {
  const { caller, purchaseOrderId, receiptId, key, lines: delivered, tolerances, cause } = command;
  const { tenantId, userId: actor } = caller;
  const before = orderOf(tenantId, purchaseOrderId, world);
  const earlier = world.documents.find(receiptKind, { tenantId, id: receiptId });
  if (earlier !== undefined) {
    assertSameRequest(earlier.creation, key);
    return { receipt: asReceived(earlier), order: asAnswered(before, earlier.answered), replayed: true };
  }
  const lines = receiveLines(before, delivered, tolerances);
  refuseTooMuch(before, lines, world);
  const entry = { id: derivedId('tml', tenantId, receiptId), at: now, actor, reason: 'received', receiptId };
  const counted = countLines(before.lines, lines, 1);
  const set = { lines: counted, status: statusFrom(counted), receiptCount: before.receiptCount + 1 };
  const after = withEntry(before, entry, set);
  const receipt: Receipt = {
    id: receiptId,
    tenantId,
    purchaseOrderId,
    locationId: before.locationId,
    status: 'RECEIVED',
    lines,
    receivedBy: actor,
    createdAt: now,
    version: 1,
    creation: { requestHash: key.requestHash },
    answered: answeredOf(after),
  };
  move(receipt, { sign: 1, actor, cause }, world);
  noteIncoming({ before, after }, world, cause);
  const stamp = { now, newEventId: eventIds(after), cause };
  const straying = strayingLines(lines, before, tolerances);
  world.documents.write(purchaseOrderKind, after, receivedEvents({ before, after }, receipt, straying, stamp));
  world.documents.write(receiptKind, receipt, []);
  return { receipt, order: after, replayed: false };
}

export type ReverseCommand = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  purchaseOrderId: string;
  receiptId: string;
  key?: RequestKey | undefined;
  cause: Cause;
};

/**
 * Throws `not_found`, `illegal_transition`, `insufficient_stock` and `would_break_reservations` with `shortages`,
 * `idempotency_key_reused`.
 */
export function reverseReceipt(command: ReverseCommand, world: World, now: Date): Received {
  const { caller, purchaseOrderId, receiptId, key, cause } = command;
  const { tenantId, userId: actor } = caller;
  const before = orderOf(tenantId, purchaseOrderId, world);
  const receipt = world.documents.find(receiptKind, { tenantId, id: receiptId });
  if (receipt?.purchaseOrderId !== purchaseOrderId) throw new DomainError('not_found');
  const id = key ? derivedId('req', tenantId, actor, 'receipts.reverse', receiptId, key.key) : '';
  const { reversal } = receipt;
  if (reversal !== undefined && key && reversal.id === id) {
    assertSameRequest({ requestHash: reversal.requestHash }, key);
    return { receipt, order: asAnswered(before, reversal.answered), replayed: true };
  }
  if (receipt.status === 'REVERSED') {
    throw new DomainError('illegal_transition', {
      detail: 'This receipt was reversed already.',
      extra: { receiptStatus: receipt.status, allowed: [] },
    });
  }
  if (before.status === 'CANCELLED') refuseTransition(before, 'changed');
  refuseShortages(receipt, world.book);
  const counted = countLines(before.lines, receipt.lines, -1);
  const status = before.status === 'CLOSED' ? 'CLOSED' : statusFrom(counted);
  const entry = { id: derivedId('tml', tenantId, receiptId, 'reversed'), at: now, actor, receiptId };
  const after = withEntry(before, { ...entry, reason: 'receipt_reversed' }, { lines: counted, status });
  const reversed: Receipt = {
    ...receipt,
    status: 'REVERSED',
    reversedBy: actor,
    reversedAt: now,
    version: receipt.version + 1,
    reversal: { id, requestHash: key?.requestHash, answered: answeredOf(after) },
  };
  move(receipt, { sign: -1, actor, cause }, world);
  noteIncoming({ before, after }, world, cause);
  const stamp = { now, newEventId: eventIds(after), cause };
  world.documents.write(purchaseOrderKind, after, [reversedEvent({ before, after }, receipt, stamp)]);
  world.documents.write(receiptKind, reversed, []);
  return { receipt: reversed, order: after, replayed: false };
}

function orderOf(tenantId: string, id: string, { documents }: World): PurchaseOrder {
  const order = documents.find(purchaseOrderKind, { tenantId, id });
  if (order === undefined) throw new DomainError('not_found');
  return order;
}

const answeredOf = ({ status, lines, version, updatedAt }: PurchaseOrder): AnsweredOrder => ({
  status,
  lines,
  version,
  updatedAt,
});
const asAnswered = (order: PurchaseOrder, answered: AnsweredOrder): PurchaseOrder => ({ ...order, ...answered });
/** As it was answered when it was received. */
const asReceived = (receipt: Receipt): Receipt => ({
  ...receipt,
  status: 'RECEIVED',
  reversedBy: undefined,
  reversedAt: undefined,
  version: 1,
});

/** A change may publish two events: each has an id of its own. */
function eventIds({ tenantId, id, version }: PurchaseOrder): () => string {
  let count = 0;
  return () => {
    count += 1;
    return derivedId('evt', tenantId, id, String(version), ...(count === 1 ? [] : [String(count)]));
  };
}

function refuseTooMuch(order: PurchaseOrder, lines: readonly ReceiptLine[], { book, documents }: World): void {
  const { tenantId, locationId } = order;
  const variantIds = lines.flatMap(({ variantId, quantity }) => {
    prepareLevel({ tenantId, variantId, locationId }, book, documents);
    const onHand = book.level(levelIdOf(tenantId, variantId, locationId))?.onHand ?? 0;
    return onHand + quantity > onHandMax ? [variantId] : [];
  });
  if (variantIds.length > 0) throw new DomainError('stock_out_of_range', { extra: { variantIds } });
}

function refuseShortages({ tenantId, locationId, lines }: Receipt, book: StockBook): void {
  const short = lines.flatMap(({ variantId, quantity: requested }) => {
    const level = book.level(levelIdOf(tenantId, variantId, locationId));
    const [onHand, available] = level ? [level.onHand, availableOf(level)] : [0, 0];
    return requested > available ? [{ variantId, requested, available, onHand }] : [];
  });
  if (short.length === 0) return;
  const isThere = short.every(({ requested, onHand }) => requested <= onHand);
  const shortages = short.map(({ onHand: _onHand, ...shortage }) => shortage);
  throw new DomainError(isThere ? 'would_break_reservations' : 'insufficient_stock', { extra: { shortages } });
}

type Way = { sign: 1 | -1; actor: string; cause: Cause };

/** Moves the accepted units and their cost. */
function move(receipt: Receipt, { sign, actor, cause }: Way, { book, documents }: World): void {
  const { tenantId, locationId, purchaseOrderId, lines } = receipt;
  for (const { variantId, quantity, unitCost } of lines) {
    if (quantity === 0) continue;
    const onHand = book.levelsOf(tenantId, variantId).reduce((sum, level) => sum + level.onHand, 0);
    const former = documents.find(variantCostKind, { tenantId, id: variantCostIdOf(tenantId, variantId) });
    const cost = movedCost(former, { tenantId, variantId, onHand, units: sign * quantity, unitCost });
    if (cost) documents.write(variantCostKind, cost, []);
    const levelId = levelIdOf(tenantId, variantId, locationId);
    const posting = {
      movementId: receiptMovementId(receipt, sign, levelId),
      kind: 'receipt' as const,
      onHandDelta: sign * quantity,
      reservedDelta: 0,
      reason: sign === 1 ? 'purchase_received' : 'receipt_reversed',
      actor,
      reference: { type: 'purchase_order' as const, id: purchaseOrderId },
    };
    book.post(levelId, posting, cause);
  }
}

/** The id of what a receipt, or its reversal, moves on a level. */
export function receiptMovementId({ tenantId, id }: Pick<Receipt, 'tenantId' | 'id'>, sign: 1 | -1, levelId: string) {
  return derivedId('mov', tenantId, id, ...(sign === 1 ? [] : ['reversed']), levelId);
}
