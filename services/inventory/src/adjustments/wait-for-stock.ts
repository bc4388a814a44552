// Forced changes that wait for orders to give back what they take: stored as WAITING, applied by whatever gives the
// last of it back, refused when they are due (docs/adr/0019-forced-withdrawals.md). Pure. Invariant: a level withholds
// exactly what the waiting adjustments of it are going to take.
import { DomainError } from '@holdfast/shared/errors';
import { withdrawalMs, withdrawalSpareMs, withdrawalsWaitingMax } from '../limits.ts';
import type { StockBook } from '../stock/stock-book.ts';
import type { StockDocuments } from '../stock/stock-documents.ts';
import type { Posting, StockLevel } from '../stock/stock-level.ts';
import {
  type Adjustment,
  adjustmentKind,
  appliedEvent,
  eventOfChange,
  levelOfAdjustment,
  refusedEvent,
  type WaitingChange,
  waitingEvent,
} from './adjustment.ts';
import { postAll, postingsOf } from './move-adjustment.ts';

type Desk = { book: StockBook; documents: StockDocuments };

/** Lets a change wait: `after` is the adjustment with the version that it gets now. Throws `busy`. */
export function waitFor(
  { after, waiting, level }: { after: Adjustment; waiting: WaitingChange; level: StockLevel },
  { book, documents }: Desk,
  now: Date,
): Adjustment {
  const { withheld = [] } = level;
  if (withheld.length >= withdrawalsWaitingMax) {
    throw new DomainError('busy', { detail: 'Too many changes of this stock wait for orders to give it back.' });
  }
  const dueAt = new Date(now.getTime() + withdrawalMs);
  const cancelBefore = new Date(dueAt.getTime() - withdrawalSpareMs);
  // Inside an object the driver would store undefined as null.
  const { note, ...said } = waiting.fields;
  const kept = { ...waiting, fields: note === undefined ? said : { ...said, note } };
  const adjustment: Adjustment = { ...after, status: 'WAITING', waiting: kept, dueAt, updatedAt: now };
  book.withhold(level.id, [...withheld, { adjustmentId: after.id, units: -waiting.difference }], waiting.cause);
  documents.write(adjustmentKind, adjustment, [waitingEvent(adjustment, waiting, cancelBefore)]);
  return adjustment;
}

/** The adjustments that wait for stock of these levels. */
export function waitingFor(levels: Iterable<StockLevel>): { tenantId: string; id: string }[] {
  const keys: { tenantId: string; id: string }[] = [];
  for (const { tenantId, withheld = [] } of levels)
    for (const { adjustmentId: id } of withheld) keys.push({ tenantId, id });
  return keys;
}

/**
 * Applies what waits where enough was given back, the oldest first, and refuses what is due. To be called when
 * everything else of a batch is decided, with the documents that `waitingFor` names.
 */
export function settleWaiting({ book, documents }: Desk, now: Date): void {
  for (const { id: levelId, tenantId, withheld = [] } of [...book.levels()]) {
    for (const { adjustmentId: id } of withheld) {
      const adjustment = documents.find(adjustmentKind, { tenantId, id });
      // Decided meanwhile: the level is one that a process remembered, and writing it is going to conflict.
      if (adjustment?.waiting === undefined) continue;
      const { onHand, reserved } = book.level(levelId)!;
      const isBack = onHand + adjustment.waiting.difference >= reserved;
      const postings = isBack ? postingsOfWaiting(adjustment, levelId, book) : undefined;
      if (postings !== undefined) apply(adjustment, postings, { book, documents }, now);
      else if (now >= adjustment.dueAt!) refuse(adjustment, levelId, { book, documents }, now);
    }
  }
}

function release({ id }: Adjustment, levelId: string, book: StockBook, { cause }: WaitingChange): void {
  const { withheld = [] } = book.level(levelId)!;
  book.withhold(
    levelId,
    withheld.filter(({ adjustmentId }) => adjustmentId !== id),
    cause,
  );
}

function postingsOfWaiting(before: Adjustment, levelId: string, book: StockBook): Posting[] | undefined {
  const { fields, difference, actor } = before.waiting!;
  return postingsOf(before, { fields, difference, version: before.version + 1, actor }, book.level(levelId)!);
}

function apply(before: Adjustment, postings: readonly Posting[], { book, documents }: Desk, now: Date): void {
  const waiting = before.waiting!;
  const { difference, cause, change, fields } = waiting;
  const levelId = levelOfAdjustment(before);
  release(before, levelId, book, waiting);
  const version = before.version + 1;
  const last = postAll(postings, { levelId, cause }, book);
  const after: Adjustment = {
    ...before,
    ...fields,
    note: fields.note,
    moved: before.moved + difference,
    ...last,
    ...decided(version, now),
    status: change === 'delete' ? 'DELETED' : 'APPLIED',
  };
  documents.write(adjustmentKind, after, [appliedEvent(after, eventOfChange[change], { difference, cause })]);
}

function refuse(before: Adjustment, levelId: string, { book, documents }: Desk, now: Date): void {
  const waiting = before.waiting!;
  release(before, levelId, book, waiting);
  // What it had done before stays done: only its creation can be refused as a whole.
  const status = waiting.change === 'create' ? 'REFUSED' : 'APPLIED';
  const after: Adjustment = { ...before, ...decided(before.version + 1, now), status };
  documents.write(adjustmentKind, after, [refusedEvent(after, waiting)]);
}

const decided = (version: number, updatedAt: Date) => {
  return { version, updatedAt, waiting: undefined, dueAt: undefined };
};
