// Sending, confirming, cancelling and closing a purchase order: one command of the stock writer each, because what is
// incoming changes with it.
import { DomainError } from '@holdfast/shared/errors';
import { assertSameRequest, type Caller, type Cause, derivedId, newId, type RequestKey } from '@holdfast/shared/values';
import type { StockBook } from '../stock/stock-book.ts';
import type { StockDocuments } from '../stock/stock-documents.ts';
import type { StockWriter } from '../stock/stock-writer.ts';
import { liveSupplier, type PlaceDeps, refuseUnknownPlace } from './create-purchase-order.ts';
import { incomingIdsOf, incomingKind, noteIncoming, touchedLevelsOf } from './incoming.ts';
import { stepEvent } from './purchase-events.ts';
import type { PurchaseOrderStore } from './purchase-order.store.ts';
import { asAfterStep, type PurchaseOrder, purchaseOrderKind, type Step, takeStep } from './purchase-order.ts';

export type MovePurchaseOrderDeps = PlaceDeps & {
  writer: Pick<StockWriter, 'add'>;
  purchaseOrders: Pick<PurchaseOrderStore, 'read'>;
};
export type MovePurchaseOrder = {
  caller: Pick<Caller, 'tenantId' | 'userId'>;
  id: string;
  step: Step;
  key?: RequestKey | undefined;
  cause: Cause;
};
export type Moved = { order: PurchaseOrder; replayed: boolean };

/** Throws `not_found`, `illegal_transition`, `idempotency_key_reused`, `busy`; sent: what a draft may not name. */
export async function movePurchaseOrder(command: MovePurchaseOrder, deps: MovePurchaseOrderDeps): Promise<Moved> {
  const { caller, id, step } = command;
  const { tenantId } = caller;
  const known = await deps.purchaseOrders.read({ tenantId, id });
  if (!known) throw new DomainError('not_found');
  // What was drafted long ago may name what is gone.
  if (step === 'send' && known.status === 'DRAFT') {
    await liveSupplier({ tenantId, id: known.supplierId }, deps);
    await refuseUnknownPlace({ ...known, lines: [] }, deps);
  }
  const entryId = entryIdOf(command);
  return deps.writer.add({
    tenantId,
    levelIds: touchedLevelsOf(known),
    variantIds: known.lines.map(({ variantId }) => variantId),
    // The lines of a draft may change until it is decided: it is read again then, and these are those of now.
    documents: { [purchaseOrderKind.name]: [id], [incomingKind.name]: incomingIdsOf(known) },
    decide: (book, documents, now) => decideStep(command, { entryId, known, book, documents }, now),
  });
}

type Facts = { entryId: string; known: PurchaseOrder; book: StockBook; documents: StockDocuments };

function decideStep(command: MovePurchaseOrder, { entryId, known, book, documents }: Facts, now: Date): Moved {
  const { caller, id, step, key, cause } = command;
  const { tenantId, userId: actor } = caller;
  const before = documents.find(purchaseOrderKind, { tenantId, id });
  if (before === undefined) throw new DomainError('not_found');
  const earlier = before.timeline.find((entry) => entry.id === entryId);
  if (earlier && key) {
    assertSameRequest(earlier, key);
    return { order: asAfterStep(before, earlier), replayed: true };
  }
  // What was read to decide on is that of another draft.
  if (step === 'send' && before.version !== known.version) throw new DomainError('busy', { retryAfterSeconds: 1 });
  const after = takeStep(before, step, { id: entryId, actor, at: now, requestHash: key?.requestHash });
  noteIncoming({ before, after }, { book, documents }, cause);
  const newEventId = () => derivedId('evt', tenantId, id, String(after.version));
  documents.write(purchaseOrderKind, after, [stepEvent(step, before, after, { now, newEventId, cause })]);
  return { order: after, replayed: false };
}

/** Derived from the client's key where there is one, so that a repeated request finds what it made. */
function entryIdOf({ caller: { tenantId, userId }, id, step, key }: MovePurchaseOrder): string {
  return key ? derivedId('tml', tenantId, userId, `purchase_orders.${step}`, id, key.key) : newId('tml');
}
