// The orders' part of I6: what the ledger moved for each order is what its reservation holds now, and what of it has
// left and come back. Anything else happened twice, or not at all.
import type { Row } from './installation.ts';
import type { Findings } from './violations.ts';

type Allocation = { variantId: string; locationId: string; quantity: number };
type Part = { id: string; lines: Allocation[] };
export type Reservation = Row & { state: string; allocations: Allocation[]; parcels?: Part[]; restocks?: Part[] };
type Place = { tenantId: string; variantId: string; locationId: string };
type Movement = Row & Place & { onHandDelta: number; reservedDelta: number; reference: { id: string } };

/** Names the ledger of a level. */
export const bookOf = ({ tenantId, variantId, locationId }: Place) => `${tenantId}\n${variantId}\n${locationId}`;
const pair = (book: string, reference: string) => `${book}\n${reference}`;

export type HeldStock = {
  byBook: Map<string, number>;
  byOrder: Map<string, number>;
  /** Net of what has left in parcels and come back. */
  leftByOrder: Map<string, number>;
  count: number;
};

/** What all reservations hold and have moved. */
export async function readHeld(reservations: AsyncIterable<Reservation>): Promise<HeldStock> {
  const held: HeldStock = { byBook: new Map(), byOrder: new Map(), leftByOrder: new Map(), count: 0 };
  for await (const { _id, tenantId, state, allocations, parcels = [], restocks = [] } of reservations) {
    held.count += 1;
    for (const [parts, sign] of [
      [parcels, -1],
      [restocks, 1],
    ] as const) {
      for (const { variantId, locationId, quantity } of parts.flatMap(({ lines }) => lines)) {
        const key = pair(bookOf({ tenantId, variantId, locationId }), _id);
        held.leftByOrder.set(key, (held.leftByOrder.get(key) ?? 0) + sign * quantity);
      }
    }
    if (state !== 'held') continue;
    for (const { variantId, locationId, quantity } of allocations) {
      const book = bookOf({ tenantId, variantId, locationId });
      held.byBook.set(book, (held.byBook.get(book) ?? 0) + quantity);
      held.byOrder.set(pair(book, _id), (held.byOrder.get(pair(book, _id)) ?? 0) + quantity);
    }
  }
  return held;
}

/** Takes movements of orders level by level. */
export function createOrdered(held: HeldStock, findings: Findings) {
  const moved = new Map<string, { onHand: number; reserved: number }>();
  const open = new Map(held.leftByOrder);
  return {
    take({ onHandDelta, reservedDelta, reference: { id } }: Movement) {
      const { onHand, reserved } = moved.get(id) ?? { onHand: 0, reserved: 0 };
      moved.set(id, { onHand: onHand + onHandDelta, reserved: reserved + reservedDelta });
    },
    /** All movements of a level were taken. */
    endLevel(level: Row & Place) {
      const { _id: levelId, tenantId } = level;
      for (const [orderId, { onHand, reserved }] of moved) {
        const key = pair(bookOf(level), orderId);
        const holds = held.byOrder.get(key) ?? 0;
        const left = open.get(key) ?? 0;
        open.delete(key);
        if (reserved === holds && onHand === left) continue;
        const sums = `${reserved} reserved and ${onHand} on hand`;
        const detail = `movements of level ${levelId} sum to ${sums}, its reservation holds ${holds} and moved ${left}`;
        findings.add({ invariant: 'I6', kind: 'order.moved', tenantId, id: orderId, detail });
      }
      moved.clear();
    },
    /** All movements of a level that does not exist were taken. */
    drop: () => moved.clear(),
    finish() {
      // What has a movement was compared.
      for (const [key, units] of open) {
        const [tenantId = '', variantId = '', , id = ''] = key.split('\n');
        const detail = `its parcels and returns moved ${units} of ${variantId}, the ledger nothing`;
        findings.add({ invariant: 'I6', kind: 'order.not_moved', tenantId, id, detail });
      }
    },
  };
}
