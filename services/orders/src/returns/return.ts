// A return: units of an order that are to come back, or have. It is a part of its order, so that one compare-and-set
// decides what comes back of a line. Pure.
// Invariant: its status follows from the steps that were taken, which are never taken back.
import type { returnConditions, returnStatuses } from '@holdfast/shared/contracts';
import type { Money } from '@holdfast/shared/values';
import { shippedOf } from '../fulfilments/fulfilment.ts';
import type { Order } from '../orders/order.ts';

export type ReturnStatus = (typeof returnStatuses)[number];
export type ReturnQuantity = { variantId: string; quantity: number };
export type ReturnLine = ReturnQuantity & { reason?: string | undefined };
/** What came back: where to, in what condition, and whether it is on hand there again. */
export type Arrival = ReturnQuantity & {
  locationId: string;
  condition: (typeof returnConditions)[number];
  restock: boolean;
};
type Step = { by: string; at: Date };

export type Return = {
  id: string;
  /** Of different variants. */
  lines: readonly ReturnLine[];
  requestedBy: string;
  requestedAt: Date;
  approval?: (Step & { lines: readonly ReturnQuantity[] }) | undefined;
  refusal?: (Step & { reason?: string | undefined }) | undefined;
  receipt?: (Step & { lines: readonly Arrival[] }) | undefined;
  closing?: (Step & { refund?: Money | undefined }) | undefined;
};

/** Which status may follow which; one that was approved is closed when nothing of it ever comes. */
export const transitions: Readonly<Record<ReturnStatus, readonly ReturnStatus[]>> = {
  REQUESTED: ['APPROVED', 'DECLINED'],
  APPROVED: ['RECEIVED', 'CLOSED'],
  DECLINED: [],
  RECEIVED: ['CLOSED'],
  CLOSED: [],
};

export function statusOf({ approval, refusal, receipt, closing }: Return): ReturnStatus {
  if (closing) return 'CLOSED';
  if (receipt) return 'RECEIVED';
  if (refusal) return 'DECLINED';
  return approval ? 'APPROVED' : 'REQUESTED';
}

/** 1 when it is requested, and one more with every step. */
export function versionOf({ approval, refusal, receipt, closing }: Return): number {
  return 1 + [approval, refusal, receipt, closing].filter((step) => step !== undefined).length;
}

/** The return as it was when it got this status: what the request that led to it was answered. */
export function asWhen(one: Return, status: ReturnStatus): Return {
  const { approval, refusal, receipt, ...rest } = { ...one, closing: undefined };
  switch (status) {
    case 'CLOSED':
      return one;
    case 'RECEIVED':
      return { ...rest, approval, receipt };
    case 'DECLINED':
      return { ...rest, refusal };
    case 'APPROVED':
      return { ...rest, approval };
    case 'REQUESTED':
      return rest;
    default:
      return status satisfies never;
  }
}

/** The returns of an order; most have none. */
export function returnsOf({ returns = [] }: Pick<Order, 'returns'>): readonly Return[] {
  return returns;
}

/** What it has brought back or may still bring. */
function claimedBy(one: Return): readonly ReturnQuantity[] {
  if (one.receipt) return one.receipt.lines;
  if (one.closing ?? one.refusal) return [];
  return one.approval?.lines ?? one.lines;
}

export function sumByVariant(lines: Iterable<ReturnQuantity>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { variantId, quantity } of lines) sums.set(variantId, (sums.get(variantId) ?? 0) + quantity);
  return sums;
}

/** How much of each variant of an order has come back. */
export function returnedOf(order: Pick<Order, 'returns'>): ReadonlyMap<string, number> {
  return sumByVariant(returnsOf(order).flatMap(({ receipt }) => receipt?.lines ?? []));
}

/** How much of each variant may come back with a return: shipped, less what others have brought or may bring. */
export function returnableOf(order: Pick<Order, 'fulfilments' | 'returns'>, exceptId?: string): Map<string, number> {
  const others = returnsOf(order).filter(({ id }) => id !== exceptId);
  const claimed = sumByVariant(others.flatMap(claimedBy));
  return new Map(
    [...shippedOf(order)].map(([variantId, quantity]) => [variantId, quantity - (claimed.get(variantId) ?? 0)]),
  );
}
