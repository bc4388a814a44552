// Cancelling an order: the next request, which demands nothing. Allowed at any time before shipping, also while undecided.
import { DomainError } from '@holdfast/shared/errors';
import { Conflict } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { type Clock, derivedId, newId } from '@holdfast/shared/values';
import { conflictAttemptsMax } from '../limits.ts';
import type { OrderStore } from './order.store.ts';
import { decideCancel, evolve, type Order } from './order.ts';
import { eventOf } from './order-events.ts';

export type CancelOrder = {
  tenantId: string;
  orderId: string;
  actor: string;
  /** Only this customer's orders exist for the caller. */
  ownedBy?: string | undefined;
  reason: string;
  key?: { key: string; requestHash: string } | undefined;
};

/**
 * Cancels, or finds that the same request has done so.
 * Throws not_found, illegal_transition, idempotency_key_reused, and Conflict when others keep overtaking it.
 */
export async function cancelOrder(
  command: CancelOrder,
  deps: { store: OrderStore; clock: Clock; onChanged(order: Order): void },
): Promise<{ order: Order; replayed: boolean }> {
  const { tenantId, orderId, actor, reason, key } = command;
  const entryId = key ? derivedId('tml', tenantId, actor, 'orders.cancel', orderId, key.key) : newId('tml');
  for (let attempt = 0; attempt < conflictAttemptsMax; attempt++) {
    const before = await deps.store.read(tenantId, orderId);
    if (!before || (command.ownedBy !== undefined && before.customerId !== command.ownedBy))
      throw new DomainError('not_found');
    const earlier = before.timeline.find((entry) => entry.id === entryId);
    if (earlier) {
      if (earlier.requestHash !== key?.requestHash) throw new DomainError('idempotency_key_reused');
      return { order: before, replayed: true };
    }
    const fact = decideCancel(before, { at: deps.clock.now(), actor, reason, requestHash: key?.requestHash });
    const after = evolve(before, fact, entryId);
    const events = [eventOf(fact, before, after, correlation())];
    if ((await deps.store.apply([{ before, after, fact, events }])) === 1) {
      deps.onChanged(after);
      return { order: after, replayed: false };
    }
  }
  throw new Conflict('the order kept changing while it was cancelled');
}
