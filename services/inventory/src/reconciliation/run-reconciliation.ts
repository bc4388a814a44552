// Goes on with a reconciliation, page by page, until it is over or this process stops. Invariants: every page is stored
// before the next one, where the document still is as it was read, so that a killed process repeats one page at most
// and two at once do no harm; the second look waits until orders and inventory have each applied what the other had
// said at the end of the first.
import { isConflict } from '@holdfast/shared/errors';
import { asTenant, type Collection } from '@holdfast/shared/persistence';
import type { Log } from '@holdfast/shared/values';
import {
  confirmedAtOnceMax,
  reconciliationAttemptsMax,
  reconciliationLeaseMs,
  reconciliationRetryMs,
} from '../limits.ts';
import type { ReservationStore } from '../reservations/reservation.store.ts';
import type { OrdersPort } from './ask-orders.ts';
import { type Difference, differenceOfOrder, differenceOfReservation } from './difference.ts';
import { differencesOf, type LookAtStockDeps, lookAtNext, lookAtVariants } from './look-at-stock.ts';
import {
  afterConfirming,
  afterPage,
  type PageResult,
  postponed,
  type Reconciliation,
  type Suspect,
} from './reconciliation.ts';

export type RunReconciliationDeps = LookAtStockDeps & {
  reconciliations: Pick<Collection<Reconciliation>, 'read' | 'saveAll'>;
  reservations: LookAtStockDeps['reservations'] & Pick<ReservationStore, 'readMany'>;
  orders: OrdersPort;
  /** Until when inventory has applied what orders said about a tenant; undefined while that is unknown. */
  appliedUpToMs: (tenantId: string) => number | undefined;
  confirmAfterMs: number;
  log: Log;
  /** Told of every reconciliation that ends. */
  onEnd: (ended: Reconciliation) => void;
};

type Job = { tenantId: string; id: string };

/** Runs until nothing is left to do now. The signal ends it after the current page. */
export function runReconciliation(job: Job, signal: AbortSignal, deps: RunReconciliationDeps): Promise<void> {
  return asTenant(job.tenantId, async () => {
    while (!signal.aborted) {
      const before = await deps.reconciliations.read(job);
      if (before?.dueAt === undefined) return;
      const isWaiting = before.step.at === 'confirm' && before.step.done === 0 && before.dueAt > deps.clock.now();
      if (isWaiting) return;
      const change = await decideNext(before, deps);
      try {
        await deps.reconciliations.saveAll([{ before, ...change }]);
      } catch (error) {
        // Another process goes on with it.
        if (isConflict(error)) return;
        throw error;
      }
      if (change.after.status !== 'running') return end(change.after, deps);
      if (change.isLater) return;
    }
  });
}

type Next = { after: Reconciliation; events?: ReturnType<typeof afterConfirming>['events']; isLater: boolean };

async function decideNext(before: Reconciliation, deps: RunReconciliationDeps): Promise<Next> {
  const { clock, confirmAfterMs, log } = deps;
  const leaseMs = reconciliationLeaseMs;
  try {
    if (before.step.at !== 'confirm') {
      const page = await (before.step.at === 'stock' ? stockPage(before, deps) : ordersPage(before, deps));
      const after = afterPage(before, page, { now: clock.now(), confirmAfterMs, leaseMs });
      return { after, isLater: after.dueAt! > clock.now() && after.step.at === 'confirm' };
    }
    if (!(await isSettled(before, deps))) throw new Error('orders and inventory have not heard of each other for long');
    const suspects = before.suspects.slice(before.step.done, before.step.done + confirmedAtOnceMax);
    const found = await checkAgain(before.tenantId, suspects, deps);
    return {
      ...afterConfirming(before, { suspects, found }, { now: clock.now(), leaseMs, cause: {} }),
      isLater: false,
    };
  } catch (error) {
    const { tenantId, id: reconciliationId } = before;
    log.warn({ err: error, tenantId, reconciliationId }, 'a reconciliation cannot go on now');
    const facts = { now: clock.now(), afterMs: reconciliationRetryMs, attemptsMax: reconciliationAttemptsMax };
    return { after: postponed(before, { ...facts, failure: (error as Error).message }), isLater: true };
  }
}

async function stockPage({ tenantId, step }: Reconciliation, deps: RunReconciliationDeps): Promise<PageResult> {
  const from = step.at === 'stock' ? step.after : undefined;
  const { looks, reservations, after } = await lookAtNext(tenantId, from, deps);
  const orders = await deps.orders.of(
    tenantId,
    reservations.map(({ id }) => id),
  );
  const held = reservations.map((one) => differenceOfReservation(one as never, orders.get(one.id)));
  const movements = looks.reduce((sum, { ledger }) => sum + ledger.movements, 0);
  return {
    checked: {
      levels: looks.filter(({ isMissing }) => !isMissing).length,
      movements,
      reservations: reservations.length,
    },
    found: [...differencesOf(looks), ...held.filter((one) => one !== undefined)],
    next: after === undefined ? { at: 'orders' } : { at: 'stock', after },
  };
}

async function ordersPage({ tenantId, step }: Reconciliation, deps: RunReconciliationDeps): Promise<PageResult> {
  const from = step.at === 'orders' ? step.after : undefined;
  const { orders, next } = await deps.orders.holding(tenantId, from);
  const found = await differencesOfOrders(tenantId, orders, deps);
  return { checked: { orders: orders.length }, found, next: next === null ? undefined : { at: 'orders', after: next } };
}

type Orders = Awaited<ReturnType<OrdersPort['holding']>>['orders'];

async function differencesOfOrders(tenantId: string, orders: Orders, deps: RunReconciliationDeps) {
  const keys = orders.map(({ id }) => ({ tenantId, id }));
  const reservations = [...(await deps.reservations.readMany(keys)).values()];
  const byId = new Map(reservations.map((one) => [one.id, one]));
  return orders.flatMap((order) => differenceOfOrder(order, byId.get(order.id)) ?? []);
}

/** Whether each side has applied what the other had said when the first look was over. */
async function isSettled({ tenantId, lookedAt }: Reconciliation, deps: RunReconciliationDeps): Promise<boolean> {
  const here = deps.appliedUpToMs(tenantId) ?? 0;
  const there = (await deps.orders.appliedUpToMs(tenantId)) ?? 0;
  return Math.min(here, there) >= lookedAt!.getTime();
}

async function checkAgain(
  tenantId: string,
  suspects: readonly Suspect[],
  deps: RunReconciliationDeps,
): Promise<Difference[]> {
  const variantIds = new Set(suspects.flatMap(({ variantId }) => variantId ?? []));
  const stock = variantIds.size === 0 ? [] : (await lookAtVariants(tenantId, [...variantIds], deps)).looks;
  const orderIds = [...new Set(suspects.flatMap(({ orderId }) => orderId ?? []))];
  return [...differencesOf(stock), ...(await lookAtOrders(tenantId, orderIds, deps))];
}

/** What differs between these orders and their reservations. */
export async function lookAtOrders(
  tenantId: string,
  orderIds: readonly string[],
  deps: Pick<RunReconciliationDeps, 'orders' | 'reservations'>,
): Promise<Difference[]> {
  if (orderIds.length === 0) return [];
  const orders = await deps.orders.of(tenantId, orderIds);
  const stored = await deps.reservations.readMany(orderIds.map((id) => ({ tenantId, id })));
  const byId = new Map([...stored.values()].map((one) => [one.id, one]));
  return orderIds.flatMap((id) => {
    const reservation = byId.get(id);
    const order = orders.get(id);
    const held = reservation?.state === 'held' ? differenceOfReservation(reservation, order) : undefined;
    return held ?? (order && differenceOfOrder(order, reservation)) ?? [];
  });
}

function end(ended: Reconciliation, { log, onEnd }: RunReconciliationDeps): void {
  const { id: reconciliationId, tenantId, status, differenceCount, checked, failure } = ended;
  const fields = { tenantId, reconciliationId, differenceCount, ...checked };
  if (status === 'failed') log.error({ ...fields, failure }, 'a reconciliation failed');
  else if (differenceCount > 0) log.error(fields, 'a reconciliation has found drift');
  else log.info(fields, 'a reconciliation has found no drift');
  onEnd(ended);
}
