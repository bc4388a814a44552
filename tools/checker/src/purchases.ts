// The purchase orders' part of I6: the ledger moved what their receipts accepted, each line counts what its receipts
// say, and what is incoming is what is open.
import type { Row } from './installation.ts';
import type { Findings } from './violations.ts';

type Line = { variantId: string; quantity: number; received: number; rejected: number };
export type PurchaseOrder = Row & { locationId: string; status: string; lines: Line[] };
export type Receipt = Row & {
  purchaseOrderId: string;
  status: string;
  lines: { variantId: string; quantity: number; rejectedQuantity: number }[];
};
export type Incoming = Row & { variantId: string; locationId: string; quantity: number };
type Movement = Row & { variantId: string; locationId: string; onHandDelta: number; reference: { id: string } };
export type Purchases = {
  orders: ReadonlyMap<string, PurchaseOrder>;
  receipts: readonly Receipt[];
  incoming: readonly Incoming[];
};

const expecting: readonly string[] = ['SENT', 'CONFIRMED', 'PARTIALLY_RECEIVED'];
const keyOf = (id: string, variantId: string) => `${id}\n${variantId}`;
const add = (sums: Map<string, number>, key: string, value: number) => sums.set(key, (sums.get(key) ?? 0) + value);

/** Takes the movements of purchase orders in any order, and compares in the end. */
export function createPurchaseCheck({ orders, receipts, incoming }: Purchases, findings: Findings) {
  const moved = new Map<string, number>();
  const report = (kind: string, { tenantId, _id: id }: Row, detail: string) =>
    findings.add({ invariant: 'I6', kind, tenantId, id, detail });
  return {
    take(movement: Movement): void {
      const order = orders.get(movement.reference.id);
      if (order?.tenantId !== movement.tenantId || order.locationId !== movement.locationId) {
        report('movement.no_cause', movement, `no purchase order ${movement.reference.id} for that place`);
      }
      add(moved, keyOf(movement.reference.id, movement.variantId), movement.onHandDelta);
    },
    finish(): void {
      const accepted = new Map<string, number>();
      const rejected = new Map<string, number>();
      for (const { purchaseOrderId, status, lines } of receipts) {
        if (status === 'REVERSED') continue;
        for (const { variantId, quantity, rejectedQuantity } of lines) {
          add(accepted, keyOf(purchaseOrderId, variantId), quantity);
          add(rejected, keyOf(purchaseOrderId, variantId), rejectedQuantity);
        }
      }
      const open = new Map<string, number>();
      for (const order of orders.values()) {
        for (const line of order.lines) {
          const key = keyOf(order._id, line.variantId);
          const of = (sums: ReadonlyMap<string, number>) => sums.get(key) ?? 0;
          if (of(accepted) !== line.received || of(rejected) !== line.rejected || of(moved) !== line.received) {
            const told = `${line.received} accepted and ${line.rejected} rejected of ${line.variantId}`;
            const found = `its receipts say ${of(accepted)} and ${of(rejected)}, the ledger moved ${of(moved)}`;
            report('purchase.received', order, `has ${told}; ${found}`);
          }
          const left = Math.max(0, line.quantity - line.received - line.rejected);
          const place = `${order.tenantId}\n${line.variantId}\n${order.locationId}`;
          if (expecting.includes(order.status)) add(open, place, left);
        }
      }
      for (const one of incoming) {
        const place = `${one.tenantId}\n${one.variantId}\n${one.locationId}`;
        const due = open.get(place) ?? 0;
        open.delete(place);
        if (one.quantity !== due) report('incoming.differs', one, `is ${one.quantity}, open orders bring ${due}`);
      }
      for (const [place, due] of open) {
        const [tenantId = '', variantId = ''] = place.split('\n');
        if (due > 0) report('incoming.missing', { _id: variantId, tenantId }, `open orders bring ${due}`);
      }
    },
  };
}
