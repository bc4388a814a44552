import { expect, it } from 'vitest';
import { createPurchaseCheck, type Incoming, type PurchaseOrder, type Receipt } from './purchases.ts';
import { createFindings } from './violations.ts';

const at = { tenantId: 'ten', variantId: 'v', locationId: 'loc' };
const order = (line: Partial<PurchaseOrder['lines'][number]> = {}, status = 'PARTIALLY_RECEIVED'): PurchaseOrder => ({
  _id: 'po',
  tenantId: 'ten',
  locationId: 'loc',
  status,
  lines: [{ variantId: 'v', quantity: 10, received: 6, rejected: 1, ...line }],
});
const receipt = (quantity: number, rejectedQuantity: number, status = 'RECEIVED'): Receipt => {
  const lines = [{ variantId: 'v', quantity, rejectedQuantity }];
  return { _id: `rcp_${quantity}`, tenantId: 'ten', purchaseOrderId: 'po', status, lines };
};
const incoming = (quantity: number): Incoming => ({ _id: 'inc', ...at, quantity });

function kindsOf(one: PurchaseOrder, receipts: Receipt[], coming: Incoming[], deltas: number[]): string[] {
  const findings = createFindings();
  const check = createPurchaseCheck({ orders: new Map([[one._id, one]]), receipts, incoming: coming }, findings);
  deltas.forEach((onHandDelta, n) => {
    check.take({ _id: `mov_${n}`, ...at, onHandDelta, reference: { id: 'po' } });
  });
  check.finish();
  return findings.list.map(({ kind }) => kind);
}

it('finds nothing where lines, receipts, ledger and incoming agree', () => {
  expect(kindsOf(order(), [receipt(6, 1), receipt(2, 0, 'REVERSED')], [incoming(3)], [2, -2, 6])).toEqual([]);
  expect(kindsOf(order({}, 'CLOSED'), [receipt(6, 1)], [incoming(0)], [6])).toEqual([]);
  expect(kindsOf(order({ received: 0, rejected: 0 }, 'DRAFT'), [], [], [])).toEqual([]);
});

it('finds what was counted twice, not moved, or expected in vain', () => {
  expect(kindsOf(order(), [receipt(6, 1)], [incoming(3)], [6, 6])).toEqual(['purchase.received']);
  expect(kindsOf(order(), [receipt(6, 1), receipt(1, 0)], [incoming(3)], [6])).toEqual(['purchase.received']);
  expect(kindsOf(order(), [receipt(6, 1)], [incoming(4)], [6])).toEqual(['incoming.differs']);
  expect(kindsOf(order(), [receipt(6, 1)], [], [6])).toEqual(['incoming.missing']);
});
