// Pricing an order by what is known of the catalog. Invariant: what money is decided on is at most as old as the tenant
// allows, also while the streams, the catalog's relay or the consumer of its events stand still; older prices count
// only where the client has agreed to them.
import { DomainError } from '@holdfast/shared/errors';
import { retryUntilFound } from '@holdfast/shared/messaging';
import type { Clock, Money } from '@holdfast/shared/values';
import { priceRetrySeconds } from '../limits.ts';
import type { TenantSettingsCache } from '../projections/tenant-settings-cache.ts';
import type { FoundVariants, VariantCache } from '../projections/variant-cache.ts';
import { type PricedLines, priceLines, type RequestedLine } from './new-order.ts';
import type { Charge } from './order.ts';

export type PriceOrder = {
  tenantId: string;
  /** Merged. */
  lines: readonly RequestedLine[];
  /** To a customer a variant that is not for sale is like one that does not exist. */
  onlyForSale: boolean;
  /** What the client takes the order to cost. */
  expectedTotal?: Money | undefined;
  charges?: readonly Charge[] | undefined;
};

export type PriceOrderDeps = {
  variants: Pick<VariantCache, 'find'>;
  settings: Pick<TenantSettingsCache, 'of'>;
  clock: Clock;
};

/**
 * The lines with their prices. Retries for up to 1 s while a variant is unknown or what is known is too old.
 * Throws price_unknown, unknown_variant, variant_not_for_sale, mixed_currencies, total_too_large, total_negative,
 * price_changed.
 */
export async function priceOrder(order: PriceOrder, deps: PriceOrderDeps): Promise<PricedLines> {
  const { tenantId, lines, expectedTotal, charges } = order;
  const ids = lines.map((line) => line.variantId);
  const ageMsMax = (await deps.settings.of(tenantId)).priceStalenessSeconds * 1_000;
  const isCurrent = ({ currentAtMs }: FoundVariants) => deps.clock.now().getTime() - currentAtMs <= ageMsMax;
  const counts = (known: FoundVariants) => isCurrent(known) || isAgreed(order, known);
  const known = await retryUntilFound(
    async () => visibleOf(await deps.variants.find(tenantId, ids, ageMsMax), order),
    (found) => found.variants.size === ids.length && counts(found),
    deps.clock,
  );
  if (!counts(known)) throw new DomainError('price_unknown', { retryAfterSeconds: priceRetrySeconds });
  const priced = priceLines(lines, known.variants, charges);
  if (expectedTotal && !isEqual(expectedTotal, priced.total))
    throw new DomainError('price_changed', { extra: { total: priced.total } });
  return priced;
}

/** Filtered before the retries, so that neither the answer nor its timing distinguishes a draft from an unknown id. */
function visibleOf(known: FoundVariants, { onlyForSale }: PriceOrder): FoundVariants {
  if (!onlyForSale || [...known.variants.values()].every(({ forSale }) => forSale)) return known;
  return { ...known, variants: new Map([...known.variants].filter(([, { forSale }]) => forSale)) };
}

/** Whether the order costs what the client expects, by what is known. */
function isAgreed({ lines, expectedTotal, charges }: PriceOrder, { variants }: FoundVariants): boolean {
  if (!expectedTotal) return false;
  try {
    return isEqual(expectedTotal, priceLines(lines, variants, charges).total);
  } catch (error) {
    if (error instanceof DomainError) return false;
    throw error;
  }
}

function isEqual(a: Money, b: Money): boolean {
  return a.amount === b.amount && a.currency === b.currency;
}
