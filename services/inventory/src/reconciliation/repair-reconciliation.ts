// Repairs what a reconciliation has found, each difference only while it is still there. Invariant: a repair is decided
// on a fresh look and stored only where nothing has changed since; one that is sent again finds nothing to do.
import { DomainError } from '@holdfast/shared/errors';
import type { Collection } from '@holdfast/shared/persistence';
import { assertSameRequest, derivedId, type RequestKey } from '@holdfast/shared/values';
import { repairAttemptsMax } from '../limits.ts';
import { outcomeEvent, type Reservation, reservationKind, stateWithoutStock } from '../reservations/reservation.ts';
import { documentsOfPlace } from '../stock/arrivals.ts';
import { levelIdOf } from '../stock/stock-level.ts';
import type { StockWriter } from '../stock/stock-writer.ts';
import { type Difference, keyOfDifference } from './difference.ts';
import { differencesOf, lookAtVariants } from './look-at-stock.ts';
import { type Reconciliation, withRepairs } from './reconciliation.ts';
import { repairLevel } from './repair-level.ts';
import { lookAtOrders, type RunReconciliationDeps } from './run-reconciliation.ts';

export type RepairDeps = Omit<RunReconciliationDeps, 'onEnd' | 'confirmAfterMs' | 'appliedUpToMs'> & {
  writer: Pick<StockWriter, 'add'>;
  reconciliations: Pick<Collection<Reconciliation>, 'read' | 'saveAll'>;
};
export type RepairReconciliation = {
  tenantId: string;
  id: string;
  actor: string;
  requestKey?: RequestKey | undefined;
};
type Repair = NonNullable<Difference['repair']>;

/**
 * Repairs, in the tenant's scope, what can be; a repeated request repairs nothing. Throws not_found,
 * reconciliation_running before it is done, idempotency_key_reused.
 */
export async function repairReconciliation(
  command: RepairReconciliation,
  deps: RepairDeps,
): Promise<{ reconciliation: Reconciliation; replayed: boolean }> {
  const { tenantId, id, actor, requestKey } = command;
  const found = await deps.reconciliations.read({ tenantId, id });
  if (found === undefined) throw new DomainError('not_found');
  const key = requestKey && {
    id: derivedId('rpr', tenantId, actor, 'reconciliations.repair', id, requestKey.key),
    requestHash: requestKey.requestHash,
  };
  const earlier = key && found.repairs?.find((one) => one.id === key.id);
  if (earlier !== undefined) {
    assertSameRequest(earlier, key!);
    return { reconciliation: found, replayed: true };
  }
  if (found.status !== 'done') throw new DomainError('reconciliation_running');
  const repairs: Difference['repair'][] = [];
  for (const difference of found.differences) repairs.push(await repairOne(difference, command, deps));
  const isSame = repairs.every((one, n) => one === undefined || one === found.differences[n]!.repair);
  if (isSame && key === undefined) return { reconciliation: found, replayed: false };
  const after = withRepairs(found, repairs, key);
  await deps.reconciliations.saveAll([{ before: found, after }]);
  deps.log.warn({ tenantId, reconciliationId: id, repairs: repairs.filter(Boolean).length }, 'drift was repaired');
  return { reconciliation: after, replayed: false };
}

async function repairOne(
  difference: Difference,
  command: RepairReconciliation,
  deps: RepairDeps,
): Promise<Difference['repair']> {
  if (!difference.repairable) return undefined;
  // What was repaired before stays so; anything else may be tried again.
  if (difference.repair === 'repaired' || difference.repair === 'gone') return difference.repair;
  try {
    if (difference.variantId !== undefined) return await repairStock(difference, difference.variantId, command, deps);
    return await repairOrder(difference, command, deps);
  } catch (error) {
    const { tenantId, id: reconciliationId } = command;
    deps.log.error({ err: error, tenantId, reconciliationId, kind: difference.kind }, 'a repair failed');
    return 'failed';
  }
}

async function repairStock(
  difference: Difference,
  variantId: string,
  { tenantId, id: reconciliationId, actor }: RepairReconciliation,
  deps: RepairDeps,
): Promise<Repair> {
  for (let attempt = 0; attempt < repairAttemptsMax; attempt += 1) {
    const { looks } = await lookAtVariants(tenantId, [variantId], deps);
    const look = looks.find(({ level }) => level.id === difference.levelId);
    const isThere = look && differencesOf([look]).some((one) => keyOfDifference(one) === keyOfDifference(difference));
    if (!isThere) return 'gone';
    const isRepaired = await deps.writer.add({
      tenantId,
      levelIds: [look.level.id],
      variantIds: [variantId],
      documents: documentsOfPlace(look.level),
      decide: (book) => repairLevel(look, book, { reconciliationId, actor }),
    });
    if (isRepaired) return 'repaired';
  }
  return 'failed';
}

async function repairOrder(difference: Difference, command: RepairReconciliation, deps: RepairDeps): Promise<Repair> {
  const { tenantId } = command;
  const { orderId } = difference;
  const [now] = await lookAtOrders(tenantId, [orderId!], deps);
  if (now?.kind !== difference.kind) return 'gone';
  if (difference.kind === 'order_without_reservation') {
    const isAsked = await deps.orders.demandAgain(tenantId, orderId!, Number(difference.expected.request));
    return isAsked ? 'asked' : 'gone';
  }
  const stored = await deps.reservations.readMany([{ tenantId, id: orderId! }]);
  const reservation = [...stored.values()][0];
  if (reservation === undefined) return 'gone';
  return (await release(reservation, command, deps)) ? 'repaired' : 'failed';
}

/** Gives back what an order holds that has ended; false when its reservation has changed meanwhile. */
function release(reservation: Reservation, command: RepairReconciliation, deps: RepairDeps): Promise<boolean> {
  const { tenantId, id: orderId, version } = reservation;
  const { id: reconciliationId, actor } = command;
  const levelIds = reservation.allocations.map((one) => levelIdOf(tenantId, one.variantId, one.locationId));
  return deps.writer.add({
    tenantId,
    levelIds,
    variantIds: reservation.allocations.map(({ variantId }) => variantId),
    documents: { [reservationKind.name]: [orderId] },
    decide(book, documents, now) {
      const current = documents.find(reservationKind, { tenantId, id: orderId });
      if (current?.version !== version || current.state !== 'held') return false;
      for (const { variantId, locationId, quantity } of current.allocations) {
        const levelId = levelIdOf(tenantId, variantId, locationId);
        const posting = {
          movementId: derivedId('mov', tenantId, reconciliationId, orderId, levelId),
          kind: 'release' as const,
          onHandDelta: 0,
          reservedDelta: -quantity,
          reason: 'reconciliation',
          actor,
          // What moved for an order adds up to what it holds.
          reference: { type: 'order' as const, id: orderId },
        };
        book.post(levelId, posting, {});
      }
      const newEventId = () => derivedId('evt', tenantId, orderId, 'released', String(version + 1));
      const ended = { state: stateWithoutStock(current), outcome: 'released', updatedAt: now } as const;
      const after: Reservation = { ...current, ...ended, version: version + 1 };
      documents.write(reservationKind, after, [outcomeEvent(after, { now, newEventId, cause: {} })]);
      return true;
    },
  });
}
