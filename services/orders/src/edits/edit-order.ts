// Editing an order: at once, or after inventory has agreed. New lines get the price of now, those that are there keep
// theirs. Invariant: an answer tells what came of this edit, never of another.
import { DomainError } from '@holdfast/shared/errors';
import { Conflict } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { newId } from '@holdfast/shared/values';
import { conflictAttemptsMax } from '../limits.ts';
import type { Changed, ChangeOrder } from '../orders/change-order.ts';
import type { Waiter, Waiting } from '../orders/decision-waiters.ts';
import { lineTotal, mergeLines, type RequestedLine } from '../orders/new-order.ts';
import type { OrderStore } from '../orders/order.store.ts';
import type { Order, OrderLine } from '../orders/order.ts';
import type { OrderMemory } from '../orders/order-memory.ts';
import type { PlaceOrder } from '../orders/place-order.ts';
import { type PriceOrderDeps, priceOrder } from '../orders/price-order.ts';
import { readVisible } from '../orders/read-order.ts';
import { waitMsOf, waitUntil } from '../orders/wait-for-order.ts';
import { changePending, decideEdit } from './edit.ts';
import type { OrderPatch } from './patch.ts';

export type EditOrder = Pick<PlaceOrder, 'prefer' | 'gone'> & {
  tenantId: string;
  orderId: string;
  actor: string;
  patch: Omit<OrderPatch, 'lines'> & { lines?: readonly RequestedLine[] | undefined };
  /** Throws `stale_version` when the caller's If-Match names another version than the stored one. */
  expectVersion: (stored: number) => void;
};

export type EditOrderDeps = PriceOrderDeps & {
  store: Pick<OrderStore, 'read'>;
  changeOrder: ChangeOrder;
  memory: Pick<OrderMemory, 'waiters'>;
};

/** `waits` is set while inventory has not answered. */
export type Edited = { order: Order; waits: boolean; isPreferred: boolean };

/**
 * Edits an order and waits as a placement does. Throws not_found, stale_version, order_archived, insufficient_stock
 * with the order as it was, order_cancelled or illegal_transition when it ended meanwhile, what `decideEdit` and
 * `priceOrder` throw, and Conflict when others keep overtaking it.
 */
export async function editOrder(command: EditOrder, deps: EditOrderDeps): Promise<Edited> {
  const { tenantId, orderId, prefer, gone, patch } = command;
  const mayWait = patch.lines !== undefined && prefer !== 'respond-async';
  const waiting = { orderId, tenantId, kind: 'placement', gone } as const;
  const waiter = mayWait ? deps.memory.waiters.register(waiting) : undefined;
  try {
    const { order, event } = await change(command, deps);
    const isPreferred = prefer === 'respond-async' || waiter !== undefined;
    if (event?.type !== 'edit_requested') return { order, waits: false, isPreferred };
    const ms = waitMsOf(prefer, deps);
    return { ...(await outcomeOf(event.edit.id, order, { waiter, waiting, ms }, deps)), isPreferred };
  } finally {
    waiter?.close();
  }
}

async function outcomeOf(
  editId: string,
  asked: Order,
  wait: { waiter: Waiter | undefined; waiting: Waiting; ms: number },
  deps: EditOrderDeps,
): Promise<Omit<Edited, 'isPreferred'>> {
  const isSettled = ({ edit }: Order) => edit?.id !== editId;
  const order = await waitUntil(asked, { ...wait, isSettled }, deps);
  if (!isSettled(order)) return { order, waits: true };
  const answer = order.timeline.findLast((entry) => entry.editId === editId);
  switch (answer?.event) {
    case 'order.edited':
      return { order, waits: false };
    case 'order.edit_rejected':
      if (answer.shortages?.length === 0)
        throw new DomainError('unavailable', { detail: 'It was not decided in time.' });
      throw new DomainError('insufficient_stock', { extra: { orderId: order.id, shortages: answer.shortages } });
    default:
      throw ended(order);
  }
}

/** It ended while the edit waited. */
function ended({ id, status }: Order): DomainError {
  if (status === 'CANCELLED') return new DomainError('order_cancelled', { extra: { orderId: id } });
  const detail = `The order is ${status}: it ended before it was changed.`;
  return new DomainError('illegal_transition', { detail, extra: { orderStatus: status, allowed: [] } });
}

async function change(command: EditOrder, deps: EditOrderDeps): Promise<Changed> {
  const { tenantId, orderId, actor, patch, expectVersion } = command;
  const wanted = patch.lines && mergeLines(patch.lines);
  const windowMs = (await deps.settings.of(tenantId)).decisionWindowSeconds * 1_000;
  const target = { tenantId, id: orderId, command: { name: 'orders.edit', actor } };
  for (let attempt = 0; attempt < conflictAttemptsMax; attempt++) {
    const seen = await readVisible(command, deps);
    expectVersion(seen.version);
    if (seen.pending !== null) throw changePending(seen);
    const added = wanted ? await priceAdded(tenantId, wanted, seen, deps) : [];
    let isOvertaken = false;
    const changed = await deps.changeOrder(
      target,
      (order, at) => {
        expectVersion(order.version);
        const lines = wanted && linesOf(wanted, [...order.lines, ...added]);
        isOvertaken = wanted !== undefined && lines === undefined;
        if (isOvertaken) return undefined;
        return decideEdit(order, { id: newId('edt'), actor, at, patch: { ...patch, lines }, windowMs });
      },
      correlation(),
    );
    if (!isOvertaken) return changed;
  }
  throw new Conflict('the lines of the order kept changing while they were priced');
}

/** Prices the variants that the order does not have. */
async function priceAdded(
  tenantId: string,
  wanted: readonly RequestedLine[],
  order: Order,
  deps: EditOrderDeps,
): Promise<OrderLine[]> {
  const known = new Set(order.lines.map(({ variantId }) => variantId));
  const lines = wanted.filter(({ variantId }) => !known.has(variantId));
  if (lines.length === 0) return [];
  return (await priceOrder({ tenantId, lines, onlyForSale: false }, deps)).lines;
}

/** The whole new list at these prices, or undefined when one of them is missing. */
function linesOf(wanted: readonly RequestedLine[], priced: readonly OrderLine[]): OrderLine[] | undefined {
  const lines: OrderLine[] = [];
  for (const { variantId, quantity } of wanted) {
    const line = priced.find((one) => one.variantId === variantId);
    if (line === undefined) return undefined;
    const isSame = line.quantity === quantity;
    lines.push(isSame ? line : { ...line, quantity, total: lineTotal(line.unitPrice, quantity) });
  }
  return lines;
}
