// Correcting an adjustment and taking it back.
import { DomainError } from '@holdfast/shared/errors';
import { reservationKind } from '../reservations/reservation.ts';
import { documentsOfPlace } from '../stock/arrivals.ts';
import type { StockCommand, StockWriter } from '../stock/stock-writer.ts';
import type { AdjustmentStore } from './adjustment.store.ts';
import { type Adjustment, adjustmentKind, levelOfAdjustment } from './adjustment.ts';
import { type AdjustmentPatch, type ChangeAdjustment, deleteAdjustment, patchAdjustment } from './change-adjustment.ts';
import { type ForceDeps, holdersOf, withForce } from './create-adjustment.ts';
import type { Holders } from './withdraw-stock.ts';

export type UpdateAdjustmentDeps = ForceDeps & {
  writer: Pick<StockWriter, 'add'>;
  adjustments: Pick<AdjustmentStore, 'read'>;
};

type Forced = ChangeAdjustment & { force: boolean };
type Decide = (desk: Parameters<typeof patchAdjustment>[1], now: Date) => Adjustment;

/** Corrects an adjustment. Throws what `patchAdjustment` throws, and busy; would_break_reservations has `orderIds`. */
export function updateAdjustment(
  command: Forced & { patch: AdjustmentPatch },
  deps: UpdateAdjustmentDeps,
): Promise<Adjustment> {
  return change(command, (desk, now) => patchAdjustment(command, desk, now), deps);
}

/**
 * Takes an adjustment back. Throws what `deleteAdjustment` throws, and busy; would_break_reservations has `orderIds`.
 */
export function removeAdjustment(command: Forced, deps: UpdateAdjustmentDeps): Promise<Adjustment> {
  return change(command, (desk, now) => deleteAdjustment(command, desk, now), deps);
}

async function change(command: Forced, decide: Decide, deps: UpdateAdjustmentDeps): Promise<Adjustment> {
  const { tenantId, id, force } = command;
  // Its place never changes; the rest is read again where it is decided on.
  const found = await deps.adjustments.read({ tenantId, id });
  if (found === undefined) throw new DomainError('not_found');
  const attempt = (holderIds?: readonly string[]) => {
    const stockCommand: StockCommand<Adjustment> = {
      tenantId,
      levelIds: [levelOfAdjustment(found)],
      variantIds: [found.variantId],
      documents: {
        [adjustmentKind.name]: [id],
        [reservationKind.name]: holderIds ?? [],
        ...documentsOfPlace(found),
      },
      decide(book, documents, now) {
        const holders: Holders | undefined = holderIds && holdersOf(tenantId, holderIds, documents);
        return decide({ book, documents, holders }, now);
      },
    };
    return deps.writer.add(stockCommand);
  };
  return withForce(found, force, attempt, deps);
}
