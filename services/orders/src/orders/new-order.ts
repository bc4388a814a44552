// A new order from what a client asked for: merged lines, snapshotted prices, one currency, a safe total.
import { lineCountMax, lineQuantityMax } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { type Money, multiplyMoney } from '@holdfast/shared/values';
import { reminderAfterMs } from '../limits.ts';
import { totalOf } from './charges.ts';
import type { Address, Charge, Order, OrderLine } from './order.ts';

export type RequestedLine = { variantId: string; quantity: number };
export type PricedLines = { lines: OrderLine[]; total: Money };
/** What orders knows of a variant, from the catalog's events. */
export type KnownVariant = { variantId: string; sku: string; name: string; price: Money; forSale: boolean };

/**
 * Lines of one variant become one, in order of first appearance.
 * Throws `validation_failed` beyond 100 variants or 1,000,000 units of one.
 */
export function mergeLines(lines: readonly RequestedLine[]): RequestedLine[] {
  const quantities = new Map<string, number>();
  for (const line of lines) quantities.set(line.variantId, (quantities.get(line.variantId) ?? 0) + line.quantity);
  if (quantities.size > lineCountMax)
    throw refused('/lines', 'too_many', `an order has at most ${lineCountMax} variants`);
  return [...quantities].map(([variantId, quantity]) => {
    if (quantity > lineQuantityMax) {
      throw refused(
        '/lines',
        'too_big',
        `a line has at most ${lineQuantityMax} units, ${variantId} comes to ${quantity}`,
      );
    }
    return { variantId, quantity };
  });
}

function refused(pointer: string, code: string, message: string): DomainError {
  return new DomainError('validation_failed', { errors: [{ pointer, code, message }] });
}

/**
 * Prices the lines. Throws unknown_variant, variant_not_for_sale, mixed_currencies, total_too_large, total_negative.
 */
export function priceLines(
  lines: readonly RequestedLine[],
  known: ReadonlyMap<string, KnownVariant>,
  charges?: readonly Charge[],
): PricedLines {
  const unknown = lines.filter((line) => !known.has(line.variantId)).map((line) => line.variantId);
  if (unknown.length > 0) throw new DomainError('unknown_variant', { extra: { variantIds: unknown } });
  const variants = lines.map((line) => known.get(line.variantId)!);
  const withdrawn = variants.filter((variant) => !variant.forSale).map((variant) => variant.variantId);
  if (withdrawn.length > 0) throw new DomainError('variant_not_for_sale', { extra: { variantIds: withdrawn } });
  const currency = variants[0]!.price.currency;
  if (variants.some((variant) => variant.price.currency !== currency)) throw new DomainError('mixed_currencies');
  const priced = lines.map((line, n) => priceLine(line, variants[n]!));
  return { lines: priced, total: totalOf(priced, charges) };
}

function priceLine(line: RequestedLine, variant: KnownVariant): OrderLine {
  const total = lineTotal(variant.price, line.quantity);
  const unitPrice = { amount: variant.price.amount, currency: variant.price.currency };
  return { variantId: line.variantId, sku: variant.sku, name: variant.name, quantity: line.quantity, unitPrice, total };
}

/** Throws total_too_large. */
export function lineTotal(unitPrice: Money, quantity: number): Money {
  const total = multiplyMoney(unitPrice, quantity);
  if (total === undefined) throw new DomainError('total_too_large');
  return total;
}

export type NewOrder = {
  id: string;
  tenantId: string;
  placedBy: string;
  customerId: string | null;
  lines: OrderLine[];
  total: Money;
  shippingAddress?: Address | undefined;
  note?: string | undefined;
  metadata?: Order['metadata'];
  charges?: Charge[] | undefined;
  number?: number | undefined;
  requestHash: string;
  entryId: string;
  /** What has to be paid before it is confirmed; undefined: nothing. */
  payment?: Order['payment'];
  /** Cancelled when it is not decided within this. */
  decisionWindowMs: number;
  now: Date;
};

/** A PENDING order that demands its lines with request 1. */
export function newOrder(facts: NewOrder): Order {
  const { now, entryId, decisionWindowMs, ...given } = facts;
  return {
    ...given,
    status: 'PENDING',
    allocations: [],
    shortages: [],
    cancelReason: null,
    request: 1,
    pending: { request: 1, kind: 'place' },
    decision: null,
    timeline: [
      {
        id: entryId,
        at: now,
        from: null,
        to: 'PENDING',
        actor: facts.placedBy,
        reason: 'placed',
        event: 'order.placed',
      },
    ],
    decideBefore: new Date(now.getTime() + decisionWindowMs),
    dueAt: new Date(now.getTime() + reminderAfterMs),
    reminderCount: 0,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
}
