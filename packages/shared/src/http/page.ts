// One page out of a list that was read one item further than the page is long.
import type { CursorPlace } from './cursor.ts';
import type { Page } from './operation-route.ts';

/** How many to read: one more than is shown tells whether there is a next page. */
export const readAhead = (page: Page) => page.limit + 1;

/** The sort key after which the page begins, in lists that are sorted by one text. */
export const sortKeyAfter = (page: Page) => (page.after === undefined ? undefined : String(page.after.sort));

/** The answer of a list: what is shown, and the cursor after the last of it if something follows. */
export function pageAnswer<Item, Shown>(
  page: Page,
  found: readonly Item[],
  show: (item: Item) => Shown,
  placeOf: (item: Item) => CursorPlace,
): { data: Shown[]; nextCursor: string | null } {
  const items = found.slice(0, page.limit);
  const last = found.length > page.limit ? items.at(-1) : undefined;
  const place = last && placeOf(last);
  return { data: items.map(show), nextCursor: place ? page.next(place.sort, place.id) : null };
}
