// Group commit of new orders: whatever arrived while the previous insert was in flight goes into the next one.
// Invariant: `inserted` is answered only for an order that a majority has journaled;
// every doubt is resolved by reading, or stays `unknown`.

import { type Batcher, createBatcher } from '@holdfast/shared/messaging';
import { asTenants } from '@holdfast/shared/persistence';
import type { Clock } from '@holdfast/shared/values';
import { insertBytesMax, insertOrderCountMax, insertWaitingCountMax } from '../limits.ts';
import type { InsertResult, OrderDocument, OrderStore } from './order.store.ts';

export function createOrderInserter(
  store: Pick<OrderStore, 'insert'>,
  clock?: Clock,
): Batcher<OrderDocument, InsertResult> {
  return createBatcher<OrderDocument, InsertResult>({
    maxItems: insertOrderCountMax,
    maxBytes: insertBytesMax,
    maxWaiting: insertWaitingCountMax,
    sizeOf: approximateBytes,
    clock,
    run: (documents) => insertAll(store, documents),
  });
}

// Lines dominate; the free fields are measured. Exactness does not matter at a twelfth of the message limit.
function approximateBytes(document: OrderDocument): number {
  return (
    1_000 +
    document.lines.length * 600 +
    (document.note?.length ?? 0) * 3 +
    JSON.stringify(Object.fromEntries(entriesOf(document.metadata))).length * 3
  );
}

/** A stored record is a map. */
function entriesOf(metadata: OrderDocument['metadata']): Iterable<[string, unknown]> {
  return metadata instanceof Map ? metadata : Object.entries(metadata ?? {});
}

async function insertAll(
  store: Pick<OrderStore, 'insert'>,
  documents: OrderDocument[],
): Promise<Array<InsertResult | Error>> {
  const tenantIds = documents.map((document) => document.tenantId);
  try {
    return await asTenants(tenantIds, 'orders.insert', () => store.insert(documents));
  } catch (error) {
    // Thrown before anything was sent: halve until the document at fault is alone.
    if (documents.length === 1) return [error instanceof Error ? error : new Error(String(error))];
    const middle = Math.ceil(documents.length / 2);
    const first = await insertAll(store, documents.slice(0, middle));
    return [...first, ...(await insertAll(store, documents.slice(middle)))];
  }
}
