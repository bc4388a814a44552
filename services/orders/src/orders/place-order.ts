// Placing an order: price it, make it durable as PENDING, wait for the decision.
// Invariants: the order id comes from the Idempotency-Key, so a retry finds the same order;
// 201 is answered only for a durable order whose lines are held.
import { DomainError } from '@holdfast/shared/errors';
import { type Batcher, retryUntilFound } from '@holdfast/shared/messaging';
import { correlation } from '@holdfast/shared/telemetry';
import {
  assertSameRequest,
  derivedId,
  type Money,
  newId,
  type RequestKey,
  sleep,
  stampNow,
} from '@holdfast/shared/values';
import { replayReadMs, replayRetryMs } from '../limits.ts';
import type { OrderNumbers } from '../numbers/order-numbers.ts';
import { paymentAsked } from '../payments/payment.ts';
import type { CustomerStore } from '../projections/customers.store.ts';
import { mergeLines, newOrder, type RequestedLine } from './new-order.ts';
import { type InsertResult, type OrderDocument, type OrderStore, toDocument } from './order.store.ts';
import { type Address, atDecision, type Charge, type Order } from './order.ts';
import { placedEvent } from './order-events.ts';
import type { OrderMemory } from './order-memory.ts';
import { type PriceOrderDeps, priceOrder } from './price-order.ts';
import { type Prefer, waitForDecision, waitMsOf } from './wait-for-order.ts';

export type PlaceOrder = RequestKey & {
  tenantId: string;
  /** Who calls: the key is theirs. */
  callerId: string;
  customerId: string | null;
  /** The customer was named by staff and must exist. */
  onBehalf: boolean;
  /** To a customer a variant that is not for sale is like one that does not exist. */
  onlyForSale: boolean;
  lines: RequestedLine[];
  shippingAddress?: Address | undefined;
  note?: string | undefined;
  metadata?: Order['metadata'];
  charges?: Charge[] | undefined;
  expectedTotal?: Money | undefined;
  prefer?: Prefer;
  /** Aborts when the client disconnects: the order is placed all the same. */
  gone?: AbortSignal | undefined;
};

export type PlaceOrderDeps = PriceOrderDeps & {
  store: Pick<OrderStore, 'read'>;
  inserter: Batcher<OrderDocument, InsertResult>;
  customers: Pick<CustomerStore, 'exists'>;
  memory: OrderMemory;
  numbers: OrderNumbers;
  /** What this process is storing right now, by order id. */
  storing: Map<string, Promise<Placed>>;
};

/** The order as decided, or still PENDING; and whether an earlier request had placed it. */
export type Placed = { order: Order; replayed: boolean };
/** `isPreferred` is false when it could not wait because too many do. */
export type Answered = Placed & { isPreferred: boolean };

/**
 * Places an order, or finds the one that the same request placed before.
 * Throws insufficient_stock without an order id, storing nothing, when a variant was sold out a moment ago; what
 * `priceOrder` throws; unknown_customer, idempotency_key_reused, busy,
 * and unavailable when it is unknown whether the order was stored.
 */
export async function placeOrder(command: PlaceOrder, deps: PlaceOrderDeps): Promise<Answered> {
  const { tenantId } = command;
  const id = derivedId('ord', tenantId, command.callerId, 'orders.place', command.key);
  const { prefer, gone } = command;
  const waiting = { orderId: id, tenantId, kind: 'placement', gone } as const;
  const waiter = prefer === 'respond-async' ? undefined : deps.memory.waiters.register(waiting);
  try {
    const stored = await storeOnce(id, command, deps);
    const order = await waitForDecision(stored.order, waiter, waitMsOf(command.prefer, deps), deps);
    const isPreferred = prefer === 'respond-async' || waiter !== undefined;
    return { order: atDecision(order), replayed: stored.replayed, isPreferred };
  } finally {
    waiter?.close();
  }
}

/**
 * Coalesces concurrent duplicates of a request, then re-reads the order: while the first waited for its insert, another
 * process may have answered with the decision, which this answer must not contradict.
 */
async function storeOnce(id: string, command: PlaceOrder, deps: PlaceOrderDeps): Promise<Placed> {
  const earlier = deps.storing.get(id);
  const first = earlier && (await earlier.catch(() => undefined));
  if (first) {
    const stored = await readUntilSeen(command.tenantId, id, deps);
    return { order: sameRequest(stored, command), replayed: true };
  }
  const storing = store(id, command, deps);
  deps.storing.set(id, storing);
  try {
    return await storing;
  } finally {
    if (deps.storing.get(id) === storing) deps.storing.delete(id);
  }
}

async function store(id: string, command: PlaceOrder, deps: PlaceOrderDeps): Promise<Placed> {
  let order: Order;
  try {
    deps.memory.undecided.admit(command.tenantId);
    order = await draft(id, command, deps);
  } catch (error) {
    // What refuses a new order does not refuse the replay of one that was stored: prices change, variants sell out.
    const earlier = error instanceof DomainError ? await deps.store.read(command.tenantId, id) : undefined;
    if (earlier === undefined) throw error;
    return { order: sameRequest(earlier, command), replayed: true };
  }
  const result = await deps.inserter.add(toDocument(order, [placedEvent(order, stampNow(deps.clock, correlation()))]));
  if (result === 'inserted') {
    deps.memory.onPlaced(order);
    return { order, replayed: false };
  }
  const earlier = await readUntilSeen(command.tenantId, id, deps);
  // An earlier request has stored it, under a number of its own.
  if (earlier.number !== order.number) deps.numbers.giveBack(command.tenantId, order.number);
  return { order: sameRequest(earlier, command), replayed: result === 'exists' };
}

async function draft(id: string, command: PlaceOrder, deps: PlaceOrderDeps): Promise<Order> {
  const { tenantId, customerId } = command;
  const merged = mergeLines(command.lines);
  const { lines, total } = await priceOrder({ ...command, lines: merged }, deps);
  if (command.onBehalf && customerId !== null) await checkCustomer(tenantId, customerId, deps);
  const shortages = deps.memory.soldOut.shortagesOf(tenantId, merged);
  if (shortages.length > 0) throw new DomainError('insufficient_stock', { extra: { shortages } });
  const { callerId, requestHash, shippingAddress, note, metadata } = command;
  const { decisionWindowSeconds, paymentPolicy, paymentWindowSeconds } = await deps.settings.of(tenantId);
  const payment = paymentAsked(paymentPolicy, paymentWindowSeconds * 1_000);
  const charges = command.charges?.length ? command.charges : undefined;
  return newOrder({
    id,
    tenantId,
    customerId,
    lines,
    total,
    requestHash,
    shippingAddress,
    note,
    metadata,
    charges,
    number: await deps.numbers.take(tenantId),
    placedBy: callerId,
    entryId: newId('tml'),
    ...(payment && { payment }),
    decisionWindowMs: decisionWindowSeconds * 1_000,
    now: deps.clock.now(),
  });
}

async function checkCustomer(tenantId: string, customerId: string, deps: PlaceOrderDeps): Promise<void> {
  const exists = await retryUntilFound(() => deps.customers.exists(tenantId, customerId), Boolean, deps.clock);
  if (!exists) throw new DomainError('unknown_customer', { extra: { customerId } });
}

function sameRequest(earlier: Order, command: PlaceOrder): Order {
  assertSameRequest(earlier, command);
  return earlier;
}

// The id is taken, but the insert that took it may not be visible to a majority read yet.
async function readUntilSeen(
  tenantId: string,
  id: string,
  { store, clock }: Pick<PlaceOrderDeps, 'store' | 'clock'>,
): Promise<Order> {
  const deadline = clock.monotonicMs() + replayReadMs;
  for (;;) {
    const order = await store.read(tenantId, id);
    if (order) return order;
    if (clock.monotonicMs() >= deadline) {
      throw new DomainError('unavailable', {
        detail: 'It is unknown whether the order was stored; retry with the same Idempotency-Key.',
      });
    }
    await sleep(clock, replayRetryMs);
  }
}
