// Adjusting stock by hand.
import { DomainError } from '@holdfast/shared/errors';
import { retryUntilFound } from '@holdfast/shared/messaging';
import { assertSameRequest, type Created } from '@holdfast/shared/values';
import { blockingOrdersMax } from '../limits.ts';
import type { LocationStore } from '../locations/location.store.ts';
import { mainLocationIdOf } from '../locations/location.ts';
import type { ReservationStore } from '../reservations/reservation.store.ts';
import type { StockLevelStore } from '../stock/stock-level.store.ts';
import type { StockCommand, StockWriter } from '../stock/stock-writer.ts';
import { type AdjustCommand, type AdjustResult, adjustedLevelId, adjustmentKind, adjustStock } from './adjust-stock.ts';
import type { Adjustment } from './adjustment.ts';

/** The command as the stock writer takes it. */
export function toStockCommand(command: AdjustCommand): StockCommand<AdjustResult> {
  return {
    tenantId: command.caller.tenantId,
    levelIds: [adjustedLevelId(command)],
    documents: { [adjustmentKind.name]: [command.adjustmentId] },
    decide: (book, documents) => adjustStock(command, book, documents),
  };
}

export type CreateAdjustmentDeps = {
  writer: Pick<StockWriter, 'add'>;
  locations: Pick<LocationStore, 'read'>;
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
  if (locationId !== mainLocationIdOf(tenantId)) {
    const location = await deps.locations.read({ tenantId, id: locationId });
    if (location?.deletedAt !== null) throw new DomainError('unknown_location');
  }
  let result = await deps.writer.add(toStockCommand(command));
  if (result.kind === 'refused' && result.code === 'unknown_variant') {
    const level = await retryUntilFound(
      async () => (await deps.levels.ofVariants([variantId], locationId))[0],
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
