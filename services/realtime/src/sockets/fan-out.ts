// From the public log to the rooms of this process. Invariants: at a socket the versions of an aggregate and the
// sequence only grow, each message once; a hot variant sends its latest value at most 10 times a second to a room.
// What a customer hears of a variant is decided when it is sent: nothing of one that is not for sale.
// A value that waited in its window is sent with the tenant's latest sequence:
// it is the variant's state at that place in the log too.
import { type DomainEvent, socketEvents } from '@holdfast/shared/contracts';
import { type Clock, createVariantStock } from '@holdfast/shared/values';
import {
  hotVariantsMax,
  stockWindowMs,
  tenantsRememberedMax,
  variantsRememberedMax,
  versionsRememberedMax,
} from '../limits.ts';
import { variantStateOf } from '../variants/variant-state.ts';
import { createCoalescer } from './coalesce.ts';
import type { ForSale } from './for-sale.ts';
import type { LogCursors } from './log-cursor.ts';
import {
  customerOrder,
  customerStock,
  type JobUpdate,
  type OrderUpdate,
  ownJob,
  type StockUpdate,
  staffJob,
  staffOrder,
  staffStock,
  updateOf,
} from './messages.ts';
import { rememberGreatest } from './remembered.ts';
import { customerRoom, orderRoom, staffRoom, stockRoom, variantCustomerRoom, variantStaffRoom } from './rooms.ts';

/** The sockets of this process. */
export type Emitter = {
  /** False when nobody of this process is in any of the rooms. */
  hasListeners(rooms: readonly string[]): boolean;
  /** Sends to each socket in any of the rooms once. */
  emit(rooms: readonly string[], name: string, message: object): void;
};

export type FanOut = { onEvent(event: DomainEvent): void; stop(): void };
type Options = {
  emitter: Emitter;
  cursors: LogCursors;
  forSale: Pick<ForSale, 'onVariant' | 'isForSale'>;
  clock: Pick<Clock, 'after'>;
};

/** Starts with nothing sent; events of a tenant must come in the order of their sequence. */
export function createFanOut({ emitter, cursors, forSale, clock }: Options): FanOut {
  const versions = rememberGreatest(versionsRememberedMax);
  const sequences = rememberGreatest(tenantsRememberedMax);
  const levels = createVariantStock(variantsRememberedMax);
  const stock = createCoalescer<StockUpdate>({
    windowMs: stockWindowMs,
    keysMax: hotVariantsMax,
    send: sendStock,
    clock,
  });

  function send(rooms: readonly string[], name: string, message: () => object): void {
    if (emitter.hasListeners(rooms)) emitter.emit(rooms, name, message());
  }

  function sendStock(update: StockUpdate): void {
    const { tenantId, variantId } = update;
    const sequence = sequences.get(tenantId) ?? update.sequence;
    const exact = () => staffStock(update, sequence);
    send([stockRoom(tenantId)], socketEvents.stockUpdatedOf(tenantId), exact);
    send([variantStaffRoom(tenantId, variantId)], socketEvents.stockUpdated, exact);
    if (!forSale.isForSale(tenantId, variantId)) return;
    send([variantCustomerRoom(tenantId, variantId)], socketEvents.stockUpdated, () =>
      customerStock(update, cursors.seal(tenantId, sequence)),
    );
  }

  function sendOrder(update: OrderUpdate): void {
    const { tenantId, orderId, customerId } = update;
    send([staffRoom(tenantId)], socketEvents.orderStatus, () => staffOrder(update));
    if (customerId === null) return;
    const rooms = [customerRoom(tenantId, customerId), orderRoom(tenantId, orderId, customerId)];
    send(rooms, socketEvents.orderStatus, () => customerOrder(update, cursors.seal(tenantId, update.sequence)));
  }

  function sendJob(update: JobUpdate): void {
    const { tenantId, createdBy } = update;
    send([staffRoom(tenantId)], socketEvents.jobProgress, () => staffJob(update));
    const own = () => ownJob(update, cursors.seal(tenantId, update.sequence));
    send([customerRoom(tenantId, createdBy)], socketEvents.jobProgress, own);
  }

  return {
    onEvent(event) {
      if (event.sequence === undefined || !sequences.raise(event.tenantid, event.sequence)) return;
      const variant = variantStateOf(event);
      if (variant) return forSale.onVariant(variant);
      const update = updateOf(event, levels);
      if (!update || !versions.raise(`${update.tenantId} ${event.subject}`, event.aggregateversion)) return;
      if (update.kind === 'job') sendJob(update);
      else if (update.kind === 'stock') stock.offer(`${update.tenantId} ${update.variantId}`, update);
      else sendOrder(update);
    },
    stop: stock.stop,
  };
}
