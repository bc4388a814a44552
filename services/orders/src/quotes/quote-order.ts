// What an order would cost and whether it could be served. Invariant: nothing is stored and nothing reserved, so that a
// quote promises nothing.
import { mergeLines, type RequestedLine } from '../orders/new-order.ts';
import type { Charge, OrderLine } from '../orders/order.ts';
import { type PriceOrderDeps, priceOrder } from '../orders/price-order.ts';
import type { AskAvailability } from './ask-availability.ts';

export type QuoteOrder = {
  tenantId: string;
  /** To a customer a variant that is not for sale is like one that does not exist. */
  onlyForSale: boolean;
  lines: readonly RequestedLine[];
  charges?: readonly Charge[] | undefined;
};

export type QuotedLine = OrderLine & { available: number; isAvailable: boolean };

/** Throws what `priceOrder` throws, and unavailable while inventory cannot be asked. */
export async function quoteOrder(query: QuoteOrder, deps: PriceOrderDeps & { askAvailability: AskAvailability }) {
  const { tenantId, charges = [] } = query;
  const merged = mergeLines(query.lines);
  const [priced, available] = await Promise.all([
    priceOrder({ ...query, lines: merged }, deps),
    deps.askAvailability(
      tenantId,
      merged.map(({ variantId }) => variantId),
    ),
  ]);
  const lines = priced.lines.map((line): QuotedLine => {
    const units = Math.max(0, available.get(line.variantId) ?? 0);
    return { ...line, available: units, isAvailable: line.quantity <= units };
  });
  const isAvailable = lines.every((line) => line.isAvailable);
  return { lines, charges: [...charges], total: priced.total, isAvailable, quotedAt: deps.clock.now() };
}
