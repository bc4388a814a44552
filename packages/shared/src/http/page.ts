// Lists. A page is read one item further than it shows, which tells whether another one follows.
// Invariant: one document that cannot be shown never fails the list that it stands in.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AnswerOf, ListOperation, QueryOf } from '../contracts/index.ts';
import { contentHash } from '../values/index.ts';
import type { Auth } from './auth.ts';
import type { CursorPlace, CursorScope } from './cursor.ts';
import { type OperationInput, registerOperation } from './operation-route.ts';

/** What to read of a list. */
export type Page = {
  /** How many items: one more than are shown. */
  limit: number;
  /** Where the page before ended; undefined on the first page. */
  after: CursorPlace | undefined;
};

/** The sort key after which the page begins, in lists that are sorted by one text. */
export const sortKeyAfter = ({ after }: Page) => (after === undefined ? undefined : String(after.sort));

export type ListHandler<O extends ListOperation, Item> = {
  /** Up to `page.limit` items after `page.after`, in the order of the list. */
  list(input: OperationInput<O>, page: Page): Promise<readonly Item[]>;
  /** An item as this caller may see it. */
  toResponse(item: Item, auth: Auth): AnswerOf<O>['data'][number];
  /** Where an item stands in the list: its sort key and id. */
  placeOf(item: Item): CursorPlace;
};

/** A cursor is good only for the tenant, the operation and the filters that it was made for. */
function scopeOf({ operationId }: ListOperation, query: QueryOf<ListOperation>, { tenantId }: Auth): CursorScope {
  const { cursor: _cursor, limit: _limit, ...filters } = query;
  return { tenantId, filterHash: contentHash([operationId, filters]).slice(0, 16) };
}

/** The Link header (RFC 8288) to the next page: this URL with another cursor. */
function linkToNext(request: FastifyRequest, cursor: string): Record<string, string> {
  const url = new URL(request.url, 'http://localhost');
  url.searchParams.set('cursor', cursor);
  return { link: `<${url.pathname}${url.search}>; rel="next"` };
}

/** The items as the contract has them, each by itself: one that does not fit is logged and left out. */
function encodeItems<O extends ListOperation, Item>(
  operation: O,
  items: readonly Item[],
  { toResponse, placeOf }: Pick<ListHandler<O, Item>, 'toResponse' | 'placeOf'>,
  { auth, log }: Pick<OperationInput<O>, 'auth' | 'log'>,
): unknown[] {
  const schema = operation.answer.shape.data.element;
  return items.flatMap((item) => {
    try {
      return [z.encode(schema, toResponse(item, auth))];
    } catch (error) {
      const { operationId } = operation;
      log.error(
        { err: error, operationId, id: placeOf(item).id },
        'an item cannot be shown: it is left out of the list',
      );
      return [];
    }
  });
}

/** Adds the route of a list. Throws `invalid_cursor` for a cursor that was not signed for this caller and these filters. */
export function registerList<O extends ListOperation, Item>(
  app: FastifyInstance,
  operation: O,
  handler: ListHandler<O, Item>,
): void {
  const { cursors } = app.holdfast;
  registerOperation(app, operation, async (input) => {
    const { auth, query, request } = input;
    const { cursor, limit } = query;
    const scope = scopeOf(operation, query, auth);
    const after = cursor === undefined ? undefined : cursors.read(cursor, scope);
    const found = await handler.list(input, { limit: limit + 1, after });
    const shown = found.slice(0, limit);
    const nextCursor = found.length > limit ? cursors.sign(handler.placeOf(shown.at(-1)!), scope) : null;
    const body = { data: encodeItems(operation, shown, handler, input), nextCursor } as AnswerOf<O>;
    return {
      status: 200,
      body,
      isEncoded: true,
      ...(nextCursor === null ? {} : { headers: linkToNext(request, nextCursor) }),
    };
  });
}
