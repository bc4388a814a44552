// Units of a variant that open purchase orders are to bring to a location. Pure.
// Invariants: the sum of what is open on them, changed in the transaction that changes a purchase order; the variant's
// main level is written with it, so that the version of its stock grows.

import type { Cause } from '@holdfast/shared/values';
import { derivedId } from '@holdfast/shared/values';
import { mainLocationIdOf } from '../locations/location.ts';
import type { StockBook } from '../stock/stock-book.ts';
import type { DocumentKind, StockDocuments } from '../stock/stock-documents.ts';
import { levelIdOf } from '../stock/stock-level.ts';
import { openOf, type PurchaseOrder } from './purchase-order.ts';

export type Incoming = {
  id: string;
  tenantId: string;
  variantId: string;
  locationId: string;
  quantity: number;
  version: number;
};

/** The documents that commands on stock decide on. */
export const incomingKind: DocumentKind<Incoming> = { name: 'incoming' };

type Place = Pick<Incoming, 'tenantId' | 'variantId' | 'locationId'>;

export function incomingIdOf({ tenantId, variantId, locationId }: Place): string {
  return derivedId('inc', tenantId, variantId, locationId);
}

/** The documents that a change of this order may write. */
export function incomingIdsOf({ tenantId, locationId, lines }: PurchaseOrder): string[] {
  return lines.map(({ variantId }) => incomingIdOf({ tenantId, variantId, locationId }));
}

/** The levels that a change of this order may write besides those that it posts to. */
export function touchedLevelsOf({ tenantId, lines }: PurchaseOrder): string[] {
  return lines.map(({ variantId }) => levelIdOf(tenantId, variantId, mainLocationIdOf(tenantId)));
}

type World = { book: StockBook; documents: StockDocuments };

/** Writes what a change of an order makes of what is incoming. The lines and the location are the same. */
export function noteIncoming(
  { before, after }: { before: PurchaseOrder; after: PurchaseOrder },
  { book, documents }: World,
  cause: Cause,
): void {
  const { tenantId, locationId } = after;
  after.lines.forEach((line, n) => {
    const difference = openOf(after, line) - openOf(before, before.lines[n]!);
    if (difference === 0) return;
    const place = { tenantId, variantId: line.variantId, locationId };
    const id = incomingIdOf(place);
    const current = documents.find(incomingKind, { tenantId, id }) ?? { id, ...place, quantity: 0, version: 0 };
    const quantity = current.quantity + difference;
    if (quantity < 0) throw new Error(`less than nothing would be incoming of ${line.variantId}`);
    documents.write(incomingKind, { ...current, quantity, version: current.version + 1 }, []);
    book.touch(levelIdOf(tenantId, line.variantId, mainLocationIdOf(tenantId)), cause);
  });
}
