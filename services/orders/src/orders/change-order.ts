// The only way in which an order changes: read it, decide, store the change where the order still has the version that
// was read, and retry when another writer was faster. Payment, shipping, an edit:
// each is a decider that is passed to it.
// Invariants: an order changes only where it is as it was decided on; the events of a change are in its write; caches
// and waiting requests are notified after the write; a command that is repeated changes nothing.
import { DomainError } from '@holdfast/shared/errors';
import { Conflict } from '@holdfast/shared/persistence';
import {
  assertSameRequest,
  type Cause,
  type Clock,
  derivedId,
  newId,
  type RequestKey,
  stampNow,
} from '@holdfast/shared/values';
import { conflictAttemptsMax } from '../limits.ts';
import { evolve, type OrderEvent } from './evolve.ts';
import type { OrderChange, OrderKey, OrderStore } from './order.store.ts';
import type { Order, TimelineKey } from './order.ts';
import { toDomainEvents } from './order-events.ts';
import type { OrderMemory } from './order-memory.ts';

/**
 * What happens to an order, given how it is; undefined: nothing. Throws a DomainError when the order refuses.
 * May run several times.
 */
export type Decide = (order: Order, now: Date) => OrderEvent | undefined;

/** Which order is to change, and for whom. */
export type ChangeTarget = OrderKey & {
  /** Only this customer's orders exist for the caller. */
  ownedBy?: string | undefined;
  /** What a client asked for. With an Idempotency-Key it takes effect once, however often it is sent. */
  command?: {
    name: string;
    actor: string;
    key?: RequestKey | undefined;
    /** Also on an archived order; every other command is refused there. */
    isForArchived?: true;
  };
};

/** `event` is undefined when nothing changed: the decider wanted nothing, or the command is `replayed`. */
export type Changed = { order: Order; event: OrderEvent | undefined; replayed: boolean };

export type ChangeOrder = (target: ChangeTarget, decide: Decide, cause: Cause) => Promise<Changed>;

/** One change of a batch. */
export type PlannedChange = { key: OrderKey; decide: Decide; cause: Cause };

export type ChangeOrders = (changes: readonly PlannedChange[]) => Promise<Order[]>;

export type ChangeOrderDeps = {
  store: Pick<OrderStore, 'read' | 'readMany' | 'apply'>;
  memory: Pick<OrderMemory, 'recent' | 'onChanged'>;
  clock: Clock;
};

/**
 * `changeOrder` changes one order in the tenant's scope. Throws not_found, idempotency_key_reused, order_archived,
 * what the decider throws, and Conflict when others keep overtaking it. A replay is answered with the order as it is
 * now.
 *
 * `changeOrders` folds the deciders over their orders, in their order, and stores all changes in one write, in the
 * scope of the batch. Orders that do not exist are passed over. Resolves with the changed ones; throws Conflict when
 * one changed meanwhile: the batch is to be decided again.
 */
export function createOrderChanges(deps: ChangeOrderDeps): { changeOrder: ChangeOrder; changeOrders: ChangeOrders } {
  const { store, memory, clock } = deps;
  return {
    async changeOrder(target, decide, cause) {
      const entry = entryOf(target);
      for (let attempt = 0; attempt < conflictAttemptsMax; attempt++) {
        const order = await readOwn(target, store);
        if (isReplay(order, entry, target.command?.key)) return { order, event: undefined, replayed: true };
        if (target.command && target.command.isForArchived !== true) assertNotArchived(order);
        const stamp = stampNow(clock, cause);
        const event = decide(order, stamp.now);
        if (event === undefined) return { order, event, replayed: false };
        const after = evolve(order, event, entry);
        assertFound(after, entry);
        const events = toDomainEvents(event, order, after, stamp);
        if ((await store.apply([{ before: order, after, events }])) === 0) continue;
        memory.onChanged(after);
        return { order: after, event, replayed: false };
      }
      throw new Conflict('the order kept changing while it was decided on');
    },

    async changeOrders(changes) {
      const stamp = stampNow(clock);
      const orders = await readAll(changes, stamp.now, deps);
      const steps = new Map<string, OrderChange>();
      for (const { key, decide, cause } of changes) {
        const step = steps.get(key.id);
        const order = step?.after ?? orders.get(key.id);
        if (order?.tenantId !== key.tenantId) continue;
        const event = decide(order, stamp.now);
        if (event === undefined) continue;
        const after = evolve(order, event, { id: newId('tml') });
        const events = [...(step?.events ?? []), ...toDomainEvents(event, order, after, { ...stamp, cause })];
        steps.set(key.id, { before: step?.before ?? order, after, events });
      }
      if (steps.size === 0) return [];
      // Before the write: after a conflict the next attempt has to read.
      memory.recent.forget(steps.keys());
      const applied = await store.apply([...steps.values()]);
      if (applied !== steps.size)
        throw new Conflict(`${steps.size - applied} orders changed while they were decided on`);
      return [...steps.values()].map(({ after }) => {
        memory.onChanged(after);
        return after;
      });
    },
  };
}

/**
 * The timeline entry of the change: derived from the client's key where there is one,
 * so that a repeated command finds it.
 */
function entryOf({ tenantId, id, command }: ChangeTarget): TimelineKey {
  if (command?.key === undefined) return { id: newId('tml') };
  const { name, actor, key } = command;
  return { id: derivedId('tml', tenantId, actor, name, id, key.key), requestHash: key.requestHash };
}

function isReplay(order: Order, entry: TimelineKey, key: RequestKey | undefined): boolean {
  const earlier = order.timeline.find(({ id }) => id === entry.id);
  if (key === undefined || earlier === undefined) return false;
  assertSameRequest(earlier, key);
  return true;
}

function assertNotArchived({ isArchived }: Order): void {
  if (isArchived === true) throw new DomainError('order_archived');
}

/** A command whose event leaves no timeline entry would take effect again when it comes again. */
function assertFound({ timeline }: Order, { id, requestHash }: TimelineKey): void {
  if (requestHash !== undefined && timeline.at(-1)?.id !== id) throw new Error('a command left no timeline entry');
}

async function readOwn({ tenantId, id, ownedBy }: ChangeTarget, store: ChangeOrderDeps['store']): Promise<Order> {
  const order = await store.read(tenantId, id);
  if (!order || (ownedBy !== undefined && order.customerId !== ownedBy)) throw new DomainError('not_found');
  return order;
}

/**
 * The orders by id: remembered ones as they were placed, the others read. That something happens to an order as it was
 * placed is proven by its write; that nothing does is not, since another process may have changed it long ago.
 */
async function readAll(
  changes: readonly PlannedChange[],
  now: Date,
  { store, memory }: ChangeOrderDeps,
): Promise<Map<string, Order>> {
  const found = new Map<string, Order>();
  const unknown: OrderKey[] = [];
  for (const { key, decide } of changes) {
    const order = memory.recent.find(key.tenantId, key.id);
    if (order && decide(order, now) !== undefined) found.set(key.id, order);
    else unknown.push(key);
  }
  for (const order of (await store.readMany(unknown)).values()) found.set(order.id, order);
  return found;
}
