// What a change of an adjustment moves. Pure. Invariant: all that an adjustment has moved stands in the ledger under
// the reason that it has now; under every reason that it had before, its movements add up to nothing.
import { onHandMax } from '@holdfast/shared/contracts';
import type { Cause } from '@holdfast/shared/values';
import type { Movement } from '../stock/movement.ts';
import type { StockBook } from '../stock/stock-book.ts';
import type { Posting, StockLevel } from '../stock/stock-level.ts';
import { type Adjustment, type AdjustmentFields, postingOf, takenBackId } from './adjustment.ts';

type Change = { fields: AdjustmentFields; difference: number; version: number; actor: string };

/**
 * The postings of a change, in an order in which the level stays a level after each of them; undefined where there is
 * no such order, which takes stock that is near the most that a level can have.
 */
export function postingsOf(
  before: Adjustment,
  { fields, difference, version, actor }: Change,
  level: Pick<StockLevel, 'onHand' | 'reserved'>,
): Posting[] | undefined {
  const after = { ...before, ...fields };
  if (fields.reason === before.reason) {
    return difference === 0 ? [] : [postingOf(after, { version, difference, actor })];
  }
  const { tenantId, id, moved } = before;
  const movementId = takenBackId({ tenantId, id }, version);
  const inverse = { ...postingOf(before, { version, difference: -moved, actor }), movementId };
  const again = postingOf(after, { version, difference: moved + difference, actor });
  const postings = [inverse, again].filter(({ onHandDelta }) => onHandDelta !== 0);
  return [postings, postings.toReversed()].find((order) => isPossible(order, level));
}

function isPossible(postings: readonly Posting[], { onHand, reserved }: Pick<StockLevel, 'onHand' | 'reserved'>) {
  let balance = onHand;
  return postings.every(({ onHandDelta }) => {
    balance += onHandDelta;
    return reserved <= balance && balance <= onHandMax;
  });
}

/** What is to be remembered of the last movement; nothing where nothing moved. */
export function postAll(
  postings: readonly Posting[],
  { levelId, cause }: { levelId: string; cause: Cause },
  book: StockBook,
): Pick<Adjustment, 'onHandAfter' | 'movementId'> {
  let last: Movement | undefined;
  for (const posting of postings) last = book.post(levelId, posting, cause);
  return last === undefined ? {} : { onHandAfter: last.onHandAfter, movementId: last.id };
}
