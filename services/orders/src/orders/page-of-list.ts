// Pages of a list that an order has in its document. Pure.
import type { Page } from '@holdfast/shared/http';

/** Up to `limit` after a known one: what is in such a list keeps its place. */
export function pageOfList<Item extends { id: string }>(
  items: readonly Item[],
  { limit, after }: Page,
): readonly Item[] {
  const first = after ? items.findIndex(({ id }) => id === after.id) + 1 : 0;
  return items.slice(first, first + limit);
}

/** Where one of them stands: it is found by its id. */
export function placeInList({ id }: { id: string }) {
  return { sort: null, id };
}
