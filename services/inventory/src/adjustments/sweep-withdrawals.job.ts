// Forced changes that have waited too long are refused, or applied where that has become possible: the writer settles
// what waits for every level that a command touches, and this command only touches the level.
// Invariant: what it does is conditional on what is stored, so that two sweeps at once do no harm.
import { isOutage } from '@holdfast/shared/errors';
import { asSystem } from '@holdfast/shared/persistence';
import type { Clock, Log } from '@holdfast/shared/values';
import { withdrawalsSweptMax } from '../limits.ts';
import type { StockWriter } from '../stock/stock-writer.ts';
import type { AdjustmentStore } from './adjustment.store.ts';
import { type Adjustment, levelOfAdjustment } from './adjustment.ts';

export type SweepWithdrawalsDeps = {
  adjustments: Pick<AdjustmentStore, 'listDue'>;
  writer: Pick<StockWriter, 'add'>;
  clock: Clock;
  log: Log;
};

/** One bounded pass over what is due. */
export async function sweepWithdrawals(deps: SweepWithdrawalsDeps): Promise<void> {
  const { adjustments, clock } = deps;
  const due = await asSystem('sweep', () => adjustments.listDue(clock.now(), withdrawalsSweptMax));
  await Promise.all(due.map((adjustment) => settle(adjustment, deps)));
}

async function settle(adjustment: Adjustment, { writer, log }: SweepWithdrawalsDeps): Promise<void> {
  const { id: adjustmentId, tenantId, variantId } = adjustment;
  const level = { levelIds: [levelOfAdjustment(adjustment)], variantIds: [variantId] };
  const touch = { tenantId, ...level, documents: {}, decide: () => undefined };
  try {
    await writer.add(touch);
    log.info({ tenantId, adjustmentId }, 'a forced change of stock has come to its end');
  } catch (error) {
    // The next sweep finds it due again; others are not held up.
    if (isOutage(error)) throw error;
    log.warn({ err: error, tenantId, adjustmentId }, 'a forced change of stock could not be ended');
  }
}
