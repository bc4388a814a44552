// What orders asks of stock and tells of what has left or come back.
import type { Cause } from '@holdfast/shared/values';
import type { Allocation, Line, Parcel, Restock } from './reservation.ts';

type About = { tenantId: string; orderId: string; cause: Cause };
/** A numbered demand. */
type Demand = About & {
  /** The number of the demand: a greater one is decided, an equal one answered again, a smaller one ignored. */
  request: number;
  /** False: nobody waits for the answer to a request that was decided already. Default true. */
  isAwaited?: boolean;
};
/** Lines of different variants. */
export type PlaceRequest = Demand & { kind: 'place'; lines: readonly Line[] };
/** What is still held is given back. */
export type CancelRequest = Demand & { kind: 'cancel'; reason: string };
export type DemandRequest = PlaceRequest | CancelRequest;
/** A parcel has left, whatever was held for it; `request` is the order's current demand, and no new one. */
export type ShipRequest = About & { kind: 'ship'; request: number; parcel: Parcel };
/** Units are on hand again; without any of them nothing is to be done. */
export type RestockRequest = About & { kind: 'restock'; request: number; restock: Restock };
/** All of an order: parcels and returns of which some may be unknown here, and the demand that is left after them. */
export type SnapshotRequest = About & {
  kind: 'snapshot';
  parcels: readonly Parcel[];
  restocks: readonly Restock[];
  demand: DemandRequest;
};
export type StockRequest = DemandRequest | ShipRequest | RestockRequest | SnapshotRequest;

/** Lines of one variant become one: two movements of a request on one level would have one id. */
export function mergeLines(lines: readonly Line[]): Line[] {
  const quantities = new Map<string, number>();
  for (const line of lines) quantities.set(line.variantId, (quantities.get(line.variantId) ?? 0) + line.quantity);
  return [...quantities].map(([variantId, quantity]) => ({ variantId, quantity }));
}

/** Units of one variant at one place become one, for the same reason. */
export function mergeAllocations(allocations: readonly Allocation[]): Allocation[] {
  const merged = new Map<string, Allocation>();
  for (const { variantId, locationId, quantity } of allocations) {
    const key = `${variantId} ${locationId}`;
    merged.set(key, { variantId, locationId, quantity: (merged.get(key)?.quantity ?? 0) + quantity });
  }
  return [...merged.values()];
}

/** The variants that a request may move, beside those that its order holds. */
export function variantIdsOf(request: StockRequest): string[] {
  switch (request.kind) {
    case 'place':
      return request.lines.map(({ variantId }) => variantId);
    case 'cancel':
      return [];
    case 'ship':
      return request.parcel.lines.map(({ variantId }) => variantId);
    case 'restock':
      return request.restock.lines.map(({ variantId }) => variantId);
    case 'snapshot': {
      const moved = [...request.parcels, ...request.restocks].flatMap(({ lines }) => lines);
      return [...moved.map(({ variantId }) => variantId), ...variantIdsOf(request.demand)];
    }
    default:
      return request satisfies never;
  }
}

/** What a request brings back, and where to. */
export function restocksOf(request: StockRequest): readonly Restock[] {
  if (request.kind === 'restock') return [request.restock];
  return request.kind === 'snapshot' ? request.restocks : [];
}
