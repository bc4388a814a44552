// An operation of the HTTP API: the one place from which routing, validation, authorisation, OpenAPI and clients come.
// Invariant: an operation's id is its key in the map of its service, so that neither can be wrong or given twice.
import { z } from 'zod';
import type { ErrorCode } from '../errors/catalogue.ts';
import { pageOf, pageQuery } from './fields.ts';
import type { Permission } from './permissions.ts';

export type ServiceName = 'auth' | 'catalog' | 'inventory' | 'orders' | 'realtime';
export type HttpMethod = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** `public`: no token. `session`: any valid token. Else any one of the listed permissions. */
export type Access = 'public' | 'session' | readonly [Permission, ...Permission[]];

export type Operation<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> = {
  operationId: string;
  service: ServiceName;
  method: HttpMethod;
  /** Fastify notation: `/v1/orders/:id`. */
  path: string;
  summary: string;
  description?: string;
  tag: string;
  access: Access;
  /**
   * Which rate budget it draws on; `auth` is 20 per 15 minutes per address and account, `callback` that of
   * other systems which notify a business.
   */
  rateClass: 'default' | 'auth' | 'callback' | 'exempt';
  /** `required` and `optional` accept an Idempotency-Key header; `none` ignores it. */
  idempotencyKey: 'required' | 'optional' | 'none';
  params: Params;
  query: Query;
  body: Body;
  /** The type of a body that is streamed instead of parsed: `body` is undefined then, `example` is its text. */
  upload?: 'text/csv';
  /** Its JSON is signed: it reaches the handler as the bytes that came, at most so many; `body` is undefined then. */
  signed?: { bytesMax: number };
  /** The types of which one answers as a stream, instead of JSON. */
  download?: readonly [string, ...string[]];
  /** 2xx status -> description of the answer; all have the schema `answer` unless 204. */
  statuses: readonly number[];
  answer: Answer;
  /** Codes that are special to it; those of every operation are added by themselves. */
  errors: readonly ErrorCode[];
  /** An example body, or undefined where there is none. */
  example?: unknown;
  /** Its answers are kept and may be up to a second old, but never older than what the caller has written itself. */
  isCached?: true;
};

/** What a handler gets and answers, as the contract types it: `BodyOf<typeof ordersApi.placeOrder>`. */
export type ParamsOf<O extends Operation> = z.output<O['params']>;
export type QueryOf<O extends Operation> = z.output<O['query']>;
export type BodyOf<O extends Operation> = z.output<O['body']>;
export type AnswerOf<O extends Operation> = z.output<O['answer']>;
/** What a client sends, before defaults are filled in. */
export type SentParamsOf<O extends Operation> = z.input<O['params']>;
export type SentQueryOf<O extends Operation> = z.input<O['query']>;
export type SentBodyOf<O extends Operation> = z.input<O['body']>;

/** True when it answers with a body; false for a 204. */
export function hasContent({ answer }: Operation): boolean {
  return !(answer instanceof z.ZodUndefined);
}

/** True when it answers with JSON, so that a client which takes none is refused. */
export function answersJson(operation: Operation): boolean {
  return hasContent(operation) && operation.download === undefined;
}

/** True when it changes or ends what its path names, so that If-Match may say which version is meant. */
export function isChange({ method }: Operation): boolean {
  return method === 'PATCH' || method === 'PUT' || method === 'DELETE';
}

/** True when it reads one thing that has a version: its answer has an ETag, and 304 is one of its answers. */
export function isVersioned({ method, answer }: Operation): boolean {
  const shapes = answer instanceof z.ZodUnion ? answer.options : [answer];
  return method === 'GET' && shapes.some((shape) => shape instanceof z.ZodObject && 'version' in shape.shape);
}

const nothing = z.strictObject({});
const noBody = z.undefined('This operation takes no body: leave it out, also an empty object.');
/** The answer of a 204. */
export const noContent = z.undefined();

type Needed = 'method' | 'path' | 'summary' | 'access' | 'statuses' | 'answer';
/** An operation as it is written down: what most leave out has a default (no params, query or body, no key). */
export type OperationSpec = Pick<Operation, Needed> & Partial<Omit<Operation, Needed | 'operationId' | 'service'>>;

type Given<Spec, Field extends string, Default> =
  Spec extends Record<Field, infer Schema extends z.ZodType> ? Schema : Default;
type OperationOf<Spec extends OperationSpec> = Operation<
  Given<Spec, 'params', typeof nothing>,
  Given<Spec, 'query', typeof nothing>,
  Given<Spec, 'body', typeof noBody>,
  Spec['answer']
>;
export type Api<Specs extends Record<string, OperationSpec>> = {
  readonly [Id in keyof Specs]: OperationOf<Specs[Id]>;
};
/** Refuses fields that an operation does not have, such as misspelt ones. */
type NothingElse<Specs> = {
  [Id in keyof Specs]: { [Field in Exclude<keyof Specs[Id], keyof OperationSpec>]: never };
};

/** The operations of a service by their id. `tag` groups them in the reference, unless an operation names its own. */
export function defineApi<const Specs extends Record<string, OperationSpec>>(
  service: ServiceName,
  tag: string,
  specs: Specs & NothingElse<Specs>,
): Api<Specs> {
  const operations = Object.entries(specs).map(([operationId, spec]): [string, Operation] => [
    operationId,
    {
      tag,
      rateClass: 'default',
      idempotencyKey: 'none',
      errors: [],
      params: nothing,
      query: nothing,
      body: noBody,
      ...spec,
      operationId,
      service,
    },
  ]);
  return Object.fromEntries(operations) as Api<Specs>;
}

type ListSpec = Pick<OperationSpec, 'path' | 'summary' | 'description' | 'access' | 'tag' | 'params' | 'isCached'> & {
  item: z.ZodType;
  filters?: z.ZodRawShape;
  /** Filters whose names a client chooses, behind a prefix: `option.size=M`. Tell of them in the description. */
  prefixed?: Prefixed;
};
type Prefixed = { readonly prefix: string; readonly name: z.ZodType<string>; readonly value: z.ZodString };
type ListQuery<Spec> = z.ZodObject<
  typeof pageQuery & (Spec extends { filters: infer Filters } ? Filters : unknown),
  z.core.$strict
>;

/** A list in pages: `?limit=`, `?cursor=` and its filters in, `{ data, nextCursor }` out. Served by `registerList`. */
export function list<const Spec extends ListSpec>({ item, filters, prefixed, ...spec }: Spec) {
  const query = z.strictObject({ ...pageQuery, ...filters });
  return {
    ...spec,
    method: 'GET' as const,
    query: (prefixed ? withPrefixed(query, prefixed) : query) as ListQuery<Spec>,
    statuses: [200],
    answer: pageOf(item as Spec['item']),
    errors: ['invalid_cursor'] as const,
  };
}

/** A query that also takes keys with the prefix; any other unknown key is refused. */
function withPrefixed(query: z.ZodObject, { prefix, name, value }: Prefixed) {
  const known = new Set(Object.keys(query.shape));
  const isAllowed = (key: string) =>
    known.has(key) || (key.startsWith(prefix) && name.safeParse(key.slice(prefix.length)).success);
  return query.catchall(value).superRefine((sent, context) => {
    const keys = Object.keys(sent).filter((key) => !isAllowed(key));
    if (keys.length > 0) context.addIssue({ code: 'unrecognized_keys', keys, input: sent });
  });
}

/** Any list. */
export type ListOperation = Operation<
  z.ZodType,
  z.ZodType<{ limit: number; cursor?: string | undefined }>,
  z.ZodType,
  ReturnType<typeof pageOf<z.ZodType>>
>;
