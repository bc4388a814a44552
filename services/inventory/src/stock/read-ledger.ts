// Reading the ledger: by what narrows a list, or by what caused the movements.
import { receiptsMax } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import type { PageRange } from '@holdfast/shared/persistence';
import type { AdjustmentStore } from '../adjustments/adjustment.store.ts';
import { referencedMovementsMax } from '../limits.ts';
import type { ReceiptStore } from '../purchase-orders/receipt.store.ts';
import type { ReservationStore } from '../reservations/reservation.store.ts';
import type { TransferStore } from '../transfers/transfer.store.ts';
import { type MerchantKind, meaningOf } from './ledger-names.ts';
import { type MovementStore, movements } from './movement.store.ts';
import type { Movement, MovementKind } from './movement.ts';
import {
  movementsOfAdjustment,
  movementsOfOrder,
  movementsOfReceipts,
  movementsOfTransfer,
  movementsOfVariant,
} from './referenced-movements.ts';

export type ReadLedgerDeps = {
  movements: Pick<MovementStore, 'list' | 'ofIds'>;
  reservations: Pick<ReservationStore, 'read'>;
  adjustments: Pick<AdjustmentStore, 'read'>;
  transfers: Pick<TransferStore, 'read'>;
  receipts: Pick<ReceiptStore, 'list'>;
};
export type LedgerQuery = {
  tenantId: string;
  variantId?: string | undefined;
  locationId?: string | undefined;
  kind?: MovementKind | MerchantKind | undefined;
  reason?: string | undefined;
  referenceId?: string | undefined;
};

/** A page, newest first. Throws `validation_failed`, naming each filter that does not go. */
export async function readLedger(query: LedgerQuery, range: PageRange, deps: ReadLedgerDeps): Promise<Movement[]> {
  const { referenceId, variantId, locationId, kind, reason } = query;
  if (referenceId === undefined) {
    const meaning = meaningOf(kind, reason);
    return meaning.reasons?.length === 0 ? [] : deps.movements.list({ variantId, locationId, ...meaning }, range);
  }
  refuseOthers({ variantId, locationId, kind, reason });
  const found = await deps.movements.ofIds(await idsOf({ ...query, referenceId }, deps));
  return pageOf(found, range);
}

function refuseOthers(others: Omit<LedgerQuery, 'tenantId' | 'referenceId'>): void {
  const given = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length === 0) return;
  const message = 'does not go with referenceId, which finds all that one thing has moved';
  throw new DomainError('validation_failed', {
    detail: '`referenceId` finds all that one thing has moved: only `from` and `to` go with it.',
    errors: given.map((name) => ({ pointer: `/${name}`, code: 'not_together', message })),
  });
}

/** The ids of what a reconciliation has moved derive from numbers that only the ledger has. */
function refuseReconciliation(): never {
  const message = 'cannot be a reconciliation: `reason=reconciliation` finds what was repaired';
  throw new DomainError('validation_failed', {
    detail: 'What a reconciliation has repaired is found by `reason=reconciliation`.',
    errors: [{ pointer: '/referenceId', code: 'not_searchable', message }],
  });
}

/** What is referred to is told by the prefix of its id; what is not there has moved nothing. */
async function idsOf(
  { tenantId, referenceId: id }: { tenantId: string; referenceId: string },
  { reservations, adjustments, transfers, receipts }: ReadLedgerDeps,
): Promise<string[]> {
  const key = { tenantId, id };
  switch (id.slice(0, id.indexOf('_') + 1)) {
    case 'ord_': {
      const reservation = await reservations.read(key);
      return reservation ? movementsOfOrder(reservation, referencedMovementsMax) : [];
    }
    case 'adj_': {
      const adjustment = await adjustments.read(key);
      return adjustment ? movementsOfAdjustment(adjustment, referencedMovementsMax) : [];
    }
    case 'tra_': {
      const transfer = await transfers.read(key);
      return transfer ? movementsOfTransfer(transfer) : [];
    }
    case 'po_':
      return movementsOfReceipts(
        await receipts.list({ purchaseOrderId: id }, { limit: receiptsMax }),
        referencedMovementsMax,
      );
    case 'var_':
      return movementsOfVariant(tenantId, id);
    case 'rec_':
      return refuseReconciliation();
    default:
      return [];
  }
}

function pageOf(found: readonly Movement[], { from, to, after, limit }: PageRange): Movement[] {
  const keyOf = (movement: Movement) => String(movements.placeOf(movement).sort);
  const last = after && String(after.sort);
  return found
    .filter(({ createdAt }) => (from === undefined || createdAt >= from) && (to === undefined || createdAt < to))
    .filter((movement) => last === undefined || keyOf(movement) < last)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1))
    .slice(0, limit);
}
