// Adjusting stock by hand.
import { DomainError } from '@holdfast/shared/errors';
import { retryUntilFound } from '@holdfast/shared/messaging';
import { assertSameRequest, type Created } from '@holdfast/shared/values';
import { blockingOrdersMax } from '../limits.ts';
import { mainLocationIdOf } from '../locations/location.ts';
import type { ReservationStore } from '../reservations/reservation.store.ts';
import { documentsOfPlace, prepareLevel } from '../stock/arrivals.ts';
import type { StockLevelStore } from '../stock/stock-level.store.ts';
import type { StockCommand, StockWriter } from '../stock/stock-writer.ts';
import { type AdjustCommand, type AdjustResult, adjustedLevelId, adjustmentKind, adjustStock } from './adjust-stock.ts';
import type { Adjustment } from './adjustment.ts';

/** The command as the stock writer takes it. */
export function toStockCommand(command: AdjustCommand): StockCommand<AdjustResult> {
  const { caller, adjustmentId, variantId, locationId } = command;
  const place = { tenantId: caller.tenantId, variantId, locationId };
  return {
    tenantId: caller.tenantId,
    levelIds: [adjustedLevelId(command)],
    variantIds: [variantId],
    documents: { [adjustmentKind.name]: [adjustmentId], ...documentsOfPlace(place) },
    decide(book, documents) {
      // What was made before is answered again, also when its location is gone.
      const isNew = documents.find(adjustmentKind, { tenantId: caller.tenantId, id: adjustmentId }) === undefined;
      if (isNew) prepareLevel(place, book, documents);
      return adjustStock(command, book, documents);
    },
  };
}

export type CreateAdjustmentDeps = {
  writer: Pick<StockWriter, 'add'>;
  levels: Pick<StockLevelStore, 'ofVariants'>;
  reservations: Pick<ReservationStore, 'ordersHolding'>;
};

/**
 * Adjusts stock, in the caller's tenant. Throws unknown_location, unknown_variant (after retries for 1 s),
 * count_is_stale, stock_out_of_range, would_break_reservations with `orderIds`, idempotency_key_reused, busy.
 */
export async function createAdjustment(
  command: AdjustCommand,
  deps: CreateAdjustmentDeps,
): Promise<Created<Adjustment>> {
  const { caller, requestKey, variantId, locationId } = command;
  const { tenantId } = caller;
  let result = await deps.writer.add(toStockCommand(command));
  if (result.kind === 'refused' && result.code === 'unknown_variant') {
    const level = await retryUntilFound(
      async () => (await deps.levels.ofVariants([variantId], mainLocationIdOf(tenantId)))[0],
      Boolean,
    );
    if (level !== undefined) result = await deps.writer.add(toStockCommand(command));
  }
  if (result.kind === 'applied') {
    assertSameRequest(result.adjustment.creation, requestKey);
    return { created: result.adjustment, replayed: result.replayed };
  }
  if (result.code !== 'would_break_reservations') throw new DomainError(result.code, { extra: result.extra });
  const orderIds = await deps.reservations.ordersHolding(variantId, locationId, blockingOrdersMax);
  throw new DomainError(result.code, { extra: { ...result.extra, orderIds } });
}
