// Lists. A page is read one item further than it shows, which tells whether another one follows.
// Invariants: one document that cannot be shown never fails the list that it stands in; what a page costs is bounded by
// its bytes, not only by the number of its items.
import type { FastifyInstance } from 'fastify';
import type { AnswerOf, ListOperation, QueryOf } from '../contracts/index.ts';
import { contentHash } from '../values/index.ts';
import type { Auth } from './auth.ts';
import type { CursorPlace, CursorScope } from './cursor.ts';
import { pageBytesMax, pageFirstReadMax } from './limits.ts';
import { type KeptAnswers, type OperationHandler, type OperationInput, registerOperation } from './operation-route.ts';

/** What to read of a list. */
export type Page = {
  /** How many items at most. */
  limit: number;
  /** The place after which they stand; undefined at the beginning of the list. */
  after: CursorPlace | undefined;
};

/** Items of a list that ended before it was looked through. */
export type UnfinishedItems<Item> = { readonly items: readonly Item[]; readonly resumeAt: CursorPlace | undefined };

export type ListHandler<O extends ListOperation, Item> = {
  /**
   * Up to `page.limit` items after `page.after`, in the order of the list; fewer are its end, unless it tells where
   * there is more to look at.
   */
  list(input: OperationInput<O>, page: Page): Promise<readonly Item[] | UnfinishedItems<Item>>;
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

/** What is sent of a page: its items as texts, and the last place where others follow. */
type Filled = { texts: string[]; last: CursorPlace | undefined };

/**
 * Reads and encodes items until the page has as many as were asked for, or as many bytes as a page may have. Reads a
 * few first: from their size follows how many more are worth reading.
 */
async function fillPage<O extends ListOperation, Item>(
  operation: O,
  handler: ListHandler<O, Item>,
  input: OperationInput<O>,
  first: CursorPlace | undefined,
): Promise<Filled> {
  const { limit } = input.query;
  const encode = encoderOf(operation, handler, input);
  const texts: string[] = [];
  let after = first;
  let count = 0;
  let bytes = 0;
  let chunk = pageFirstReadMax;
  for (;;) {
    const wanted = Math.min(limit + 1 - count, chunk);
    const answered = await handler.list(input, { limit: wanted, after });
    const { items: found, resumeAt } = 'items' in answered ? answered : { items: answered, resumeAt: undefined };
    for (const item of found) {
      if (count === limit) return { texts, last: after };
      const text = encode(item);
      bytes += text === undefined ? 0 : Buffer.byteLength(text);
      if (count > 0 && bytes > pageBytesMax) return { texts, last: after };
      if (text !== undefined) texts.push(text);
      after = handler.placeOf(item);
      count += 1;
    }
    if (found.length < wanted) return { texts, last: resumeAt };
    chunk = Math.max(1, Math.ceil((pageBytesMax - bytes) / Math.max(1, bytes / count)));
  }
}

/** Makes an item's JSON as the contract has it; one that does not fit is logged and left out. */
function encoderOf<O extends ListOperation, Item>(
  operation: O,
  { toResponse, placeOf }: Pick<ListHandler<O, Item>, 'toResponse' | 'placeOf'>,
  { auth, log }: Pick<OperationInput<O>, 'auth' | 'log'>,
): (item: Item) => string | undefined {
  const schema = operation.answer.shape.data.element;
  const { operationId } = operation;
  return (item) => {
    try {
      // Not encoded: an answer transforms nothing (a test of the contracts), and parsing costs a third.
      return JSON.stringify(schema.parse(toResponse(item, auth)));
    } catch (error) {
      log.error(
        { err: error, operationId, id: placeOf(item).id },
        'an item cannot be shown: it is left out of the list',
      );
      return undefined;
    }
  };
}

/**
 * Adds the route of a list. Throws `invalid_cursor` for a cursor that was not sealed for this caller and these filters.
 */
export function registerList<O extends ListOperation, Item>(
  app: FastifyInstance,
  operation: O,
  handler: ListHandler<O, Item>,
  kept?: KeptAnswers<O>,
): void {
  const { cursors } = app.holdfast;
  const read: OperationHandler<O> = async (input) => {
    const { auth, query } = input;
    const scope = scopeOf(operation, query, auth);
    const first = query.cursor === undefined ? undefined : cursors.open(query.cursor, scope);
    const { texts, last } = await fillPage(operation, handler, input, first);
    const nextCursor = last && cursors.seal(last, scope);
    const json = `{"data":[${texts.join(',')}],"nextCursor":${JSON.stringify(nextCursor ?? null)}}`;
    return { status: 200, json, nextCursor };
  };
  registerOperation(app, operation, read, kept);
}
