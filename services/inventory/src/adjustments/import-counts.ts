// Counts of a file that the catalog imports: each is an adjustment of its own. Invariant: the id derives from the
// import and the line, so that a count that is sent again has no further effect; a count that expects nothing on hand
// is decided on what is on hand.
import { locationsMax } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { contentHash, derivedId } from '@holdfast/shared/values';
import { countAttemptsMax } from '../limits.ts';
import type { LocationStore } from '../locations/location.store.ts';
import { mainLocationIdOf, nameKeyOf } from '../locations/location.ts';
import { levelIdOf, type StockLevel } from '../stock/stock-level.ts';
import type { AdjustCommand } from './adjust-stock.ts';
import { type CreateAdjustmentDeps, createAdjustment } from './create-adjustment.ts';

export type ImportedCount = {
  line: number;
  variantId: string;
  count: number;
  /** A location's id or name; without it the main one. */
  location?: string | undefined;
  expectedOnHand?: number | undefined;
};
export type ImportCounts = { tenantId: string; actor: string; importId: string; counts: readonly ImportedCount[] };
export type FailedCount = { line: number; field: string; code: string; message: string };
export type ImportCountsDeps = CreateAdjustmentDeps & {
  locations: Pick<LocationStore, 'list'>;
  levels: { readMany(keys: Iterable<{ tenantId: string; id: string }>): Promise<ReadonlyMap<string, StockLevel>> };
};

/** Applies all that can be; returns the others. Throws what is no flaw of a count: then all may be sent again. */
export async function importCounts(asked: ImportCounts, deps: ImportCountsDeps): Promise<FailedCount[]> {
  const places = await locationIds(asked.tenantId, deps);
  const outcomes = await Promise.all(asked.counts.map((one) => importOne(one, asked, places, deps)));
  return outcomes.filter((outcome) => outcome !== undefined);
}

async function locationIds(tenantId: string, { locations }: ImportCountsDeps): Promise<Map<string, string>> {
  const live = await locations.list({ tenantId, deletedAt: null }, { limit: locationsMax });
  return new Map(live.flatMap(({ id, name }) => [[nameKeyOf(name), id] as const, [id, id] as const]));
}

async function importOne(
  one: ImportedCount,
  asked: ImportCounts,
  places: ReadonlyMap<string, string>,
  deps: ImportCountsDeps,
): Promise<FailedCount | undefined> {
  const { tenantId } = asked;
  const { location } = one;
  const locationId =
    location === undefined ? mainLocationIdOf(tenantId) : (places.get(location) ?? places.get(nameKeyOf(location)));
  if (locationId === undefined) return failed(one, new DomainError('unknown_location'));
  try {
    await count(one, { ...asked, locationId }, deps);
    return undefined;
  } catch (error) {
    if (!(error instanceof DomainError) || error.status >= 500) throw error;
    return failed(one, error);
  }
}

type Placed = ImportCounts & { locationId: string };

/** Without an expectation the count replaces what is on hand, and is decided again when that has just changed. */
async function count(one: ImportedCount, placed: Placed, deps: ImportCountsDeps): Promise<void> {
  let expected = one.expectedOnHand ?? (await onHand(one, placed, deps));
  for (let attempt = 1; ; attempt += 1) {
    try {
      await createAdjustment(commandOf(one, expected, placed), deps);
      return;
    } catch (error) {
      const isStale = error instanceof DomainError && error.code === 'count_is_stale';
      if (!isStale || one.expectedOnHand !== undefined) throw error;
      if (attempt === countAttemptsMax) throw new DomainError('busy');
      expected = Number(error.extra.onHand);
    }
  }
}

async function onHand({ variantId }: ImportedCount, { tenantId, locationId }: Placed, deps: ImportCountsDeps) {
  const id = levelIdOf(tenantId, variantId, locationId);
  const [level] = (await deps.levels.readMany([{ tenantId, id }])).values();
  return level?.onHand ?? 0;
}

function commandOf(one: ImportedCount, expectedOnHand: number, placed: Placed): AdjustCommand {
  const { tenantId, actor: userId, importId, locationId } = placed;
  const { line, variantId, count: counted } = one;
  const key = `${importId}:${line}`;
  return {
    caller: { tenantId, userId },
    requestKey: { key, requestHash: contentHash([variantId, locationId, counted]) },
    adjustmentId: derivedId('adj', tenantId, importId, String(line)),
    variantId,
    locationId,
    change: { kind: 'count', count: counted, expectedOnHand },
    reason: 'stocktake',
    cause: { correlationId: importId },
  };
}

const fields: Readonly<Record<string, string>> = {
  unknown_location: 'locationId',
  unknown_variant: 'variantId',
  count_is_stale: 'onHand',
};

function failed({ line }: ImportedCount, { code, message, extra }: DomainError): FailedCount {
  const now = typeof extra.onHand === 'number' ? ` On hand are ${extra.onHand}.` : '';
  return { line, field: fields[code] ?? 'count', code, message: `${message}.${now}` };
}
