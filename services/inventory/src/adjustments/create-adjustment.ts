// Adjusting stock by hand.
import { DomainError } from '@holdfast/shared/errors';
import { retryUntilFound } from '@holdfast/shared/messaging';
import { assertSameRequest, type Created } from '@holdfast/shared/values';
import { blockingOrdersMax, withdrawalAttemptsMax, withdrawalOrdersMax } from '../limits.ts';
import { mainLocationIdOf } from '../locations/location.ts';
import type { ReservationStore } from '../reservations/reservation.store.ts';
import { reservationKind } from '../reservations/reservation.ts';
import { documentsOfPlace, prepareLevel } from '../stock/arrivals.ts';
import type { StockLevelStore } from '../stock/stock-level.store.ts';
import type { StockCommand, StockWriter } from '../stock/stock-writer.ts';
import { type AdjustCommand, type AdjustResult, adjustedLevelId, adjustStock } from './adjust-stock.ts';
import { type Adjustment, adjustmentKind, asCreated } from './adjustment.ts';
import type { Holders } from './withdraw-stock.ts';

export type CreateAdjustmentDeps = ForceDeps & {
  writer: Pick<StockWriter, 'add'>;
  levels: Pick<StockLevelStore, 'ofVariants'>;
};
export type ForceDeps = { reservations: Pick<ReservationStore, 'ordersHolding'> };

/** The command as the stock writer takes it; `holderIds` are the orders that a forced one may ask, newest first. */
export function toStockCommand(command: AdjustCommand, holderIds?: readonly string[]): StockCommand<AdjustResult> {
  const { caller, adjustmentId: id, variantId, locationId } = command;
  const { tenantId } = caller;
  const place = { tenantId, variantId, locationId };
  const own = { [adjustmentKind.name]: [id], [reservationKind.name]: holderIds ?? [] };
  return {
    tenantId,
    levelIds: [adjustedLevelId(command)],
    variantIds: [variantId],
    documents: { ...own, ...documentsOfPlace(place) },
    decide(book, documents, now) {
      // What was made before is answered again, also when its location is gone.
      const isNew = documents.find(adjustmentKind, { tenantId, id }) === undefined;
      if (isNew) prepareLevel(place, book, documents);
      const holders = holderIds && holdersOf(tenantId, holderIds, documents);
      return adjustStock(command, { book, documents, holders }, now);
    },
  };
}

/** The reservations of these orders as they are now. */
export function holdersOf(
  tenantId: string,
  holderIds: readonly string[],
  documents: Parameters<StockCommand<unknown>['decide']>[1],
): Holders {
  return holderIds.flatMap((id) => documents.find(reservationKind, { tenantId, id }) ?? []);
}

/**
 * Adjusts stock, in the caller's tenant; with `force` what takes reserved stock waits for orders to give it back.
 * Throws unknown_location, unknown_variant (after retries for 1 s), count_is_stale, stock_out_of_range, busy,
 * would_break_reservations with `orderIds`, also when a forced one was refused before, idempotency_key_reused.
 */
export async function createAdjustment(
  command: AdjustCommand & { force?: boolean },
  deps: CreateAdjustmentDeps,
): Promise<Created<Adjustment>> {
  const { caller, requestKey, variantId, locationId, force = false } = command;
  const attempt = (holderIds?: readonly string[]) => deps.writer.add(toStockCommand(command, holderIds));
  const place = { variantId, locationId };
  const { adjustment, replayed } = await withForce(place, force, attempt, deps).catch(async (error) => {
    if (!(error instanceof DomainError) || error.code !== 'unknown_variant') throw error;
    const find = async () => (await deps.levels.ofVariants([variantId], mainLocationIdOf(caller.tenantId)))[0];
    if ((await retryUntilFound(find, Boolean)) === undefined) throw error;
    return withForce(place, force, attempt, deps);
  });
  assertSameRequest(adjustment.creation, requestKey);
  if (adjustment.status === 'REFUSED') throw refusedBefore(adjustment);
  return { created: replayed ? asCreated(adjustment, command) : adjustment, replayed };
}

function refusedBefore({ id: adjustmentId }: Adjustment): DomainError {
  return new DomainError('would_break_reservations', { extra: { adjustmentId, orderIds: [] } });
}

/**
 * Runs an attempt; where it would break reservations, once more with the orders that hold the stock, if it is forced.
 * Throws would_break_reservations with the `orderIds` that hold it.
 */
export async function withForce<Result>(
  { variantId, locationId }: { variantId: string; locationId: string },
  force: boolean,
  attempt: (holderIds?: readonly string[]) => Promise<Result>,
  { reservations }: ForceDeps,
): Promise<Result> {
  let holderIds: readonly string[] | undefined;
  for (let attempts = 0; ; attempts += 1) {
    try {
      return await attempt(holderIds);
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'would_break_reservations') throw error;
      const limit = Math.max(blockingOrdersMax, withdrawalOrdersMax);
      const orderIds = await reservations.ordersHolding(variantId, locationId, limit);
      // Where it is asked again, others have taken of the stock since these orders were read.
      if (!force || attempts === withdrawalAttemptsMax) {
        throw new DomainError(error.code, { extra: { ...error.extra, orderIds } });
      }
      holderIds = orderIds;
    }
  }
}
