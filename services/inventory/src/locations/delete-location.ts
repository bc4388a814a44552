// Staff remove a location.
// Invariant: nothing lies at a deleted location, and nothing is on the way to or from one. Whoever brings stock to
// where none was, or ships some, writes the location in the same transaction, and a deletion names the version that it
// has read: of the two one decides again.
import { DomainError } from '@holdfast/shared/errors';
import { inTransaction } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { stampNow } from '@holdfast/shared/values';
import { blockingVariantsMax } from '../limits.ts';
import type { StockLevelStore } from '../stock/stock-level.store.ts';
import type { TransferStore } from '../transfers/transfer.store.ts';
import { removeLocation } from './location.ts';
import { type ChangeLocation, type LocationDeps, liveOne } from './update-location.ts';

export type DeleteLocationDeps = LocationDeps & {
  levels: Pick<StockLevelStore, 'stockedAt'>;
  transfers: Pick<TransferStore, 'onTheWay'>;
};

/** Throws `not_found`, `stale_version`, `last_location`, `location_has_stock`. */
export function deleteLocation(
  { caller: { tenantId }, id, expectVersion }: ChangeLocation,
  { database, locations, levels, transfers, clock }: DeleteLocationDeps,
): Promise<void> {
  return inTransaction(database, async (session) => {
    const before = liveOne(await locations.ofTenants([tenantId], session), id);
    expectVersion(before.version);
    const removed = removeLocation(before, stampNow(clock, correlation()));
    const variantIds = await levels.stockedAt({ tenantId, locationId: id }, blockingVariantsMax, session);
    const transferIds = await transfers.onTheWay({ tenantId, locationId: id }, blockingVariantsMax, session);
    if (variantIds.length + transferIds.length > 0) {
      throw new DomainError('location_has_stock', { extra: { variantIds, transferIds } });
    }
    await locations.saveAll([removed], session);
  });
}
