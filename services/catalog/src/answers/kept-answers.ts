// Operations whose answers are kept. Invariant: what two callers may see differently is kept under different names.
import type { CachedAnswer, CacheRead, ReadResult } from '@holdfast/shared/cache';
import type { Operation } from '@holdfast/shared/contracts';
import type { EncodedResult, KeptAnswers, OperationInput, OperationResult } from '@holdfast/shared/http';
import type { Deps } from '../deps.ts';
import { viewerOf } from '../viewer.ts';
import { listTag } from './changed-tags.ts';

/** Of an operation that shows the one thing that its path names, with what is part of it. */
export function keptById<O extends Operation>(deps: Pick<Deps, 'cache'>): KeptAnswers<O> {
  return keptBy(deps, ({ params }) => (params as { id: string }).id);
}

/** Of a list, which any change of a product, variant or category may concern. */
export function keptLists<O extends Operation>(deps: Pick<Deps, 'cache'>): KeptAnswers<O> {
  return keptBy(deps, () => listTag);
}

function keptBy<O extends Operation>(
  { cache: { answers } }: Pick<Deps, 'cache'>,
  tagOf: (input: OperationInput<O>) => string,
): KeptAnswers<O> {
  return {
    peek(input) {
      const answer = answers.peek(readOf(input, tagOf(input)));
      return answer && resultOf(answer, 'hit');
    },
    async read(input, make) {
      const made = await answers.read(readOf(input, tagOf(input)), async () => toCached(await make()));
      return resultOf(made.answer, made.result);
    },
  };
}

/** Whoever may write one of these may have written it. */
function readOf<O extends Operation>({ auth, request }: OperationInput<O>, tag: string): CacheRead {
  const { tenantId, onlyForSale, seesCost } = viewerOf(auth);
  const view = `${onlyForSale ? 'shop' : 'staff'}${seesCost ? '+cost' : ''}`;
  return { tenantId, tag, name: `${view} ${request.url}`, isWriter: auth.permissions.has('products:write') };
}

function toCached({ json, etag, isAlwaysSent, nextCursor }: EncodedResult): CachedAnswer {
  return {
    json: typeof json === 'string' ? Buffer.from(json) : json,
    ...(etag === undefined ? {} : { etag }),
    ...(isAlwaysSent ? { isAlwaysSent } : {}),
    ...(nextCursor === undefined ? {} : { nextCursor }),
  };
}

const shown: Readonly<Record<ReadResult, Record<string, string>>> = {
  hit: { 'x-cache': 'HIT' },
  miss: { 'x-cache': 'MISS' },
  bypass: { 'x-cache': 'BYPASS' },
};

function resultOf(answer: CachedAnswer, result: ReadResult): OperationResult<never> {
  return { status: 200, ...answer, headers: shown[result] };
}
