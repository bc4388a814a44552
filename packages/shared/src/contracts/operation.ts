// An operation of the HTTP API: the one place from which routing, validation, authorisation, OpenAPI and clients come.
import { z } from 'zod';
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
  /** Which rate budget it draws on; `auth` is 20 per 15 minutes per address and account. */
  rateClass: 'default' | 'auth' | 'exempt';
  /** `required` and `optional` accept an Idempotency-Key header; `none` ignores it. */
  idempotencyKey: 'required' | 'optional' | 'none';
  params: Params;
  query: Query;
  body: Body;
  /** 2xx status -> description of the answer; all have the schema `answer` unless 204. */
  statuses: readonly number[];
  answer: Answer;
  /** Codes of the error catalogue that are special to it; those of every operation are added by themselves. */
  errors: readonly string[];
  /** An example body, or undefined where there is none. */
  example?: unknown;
};

const nothing = z.strictObject({});

/** Fills in what most operations leave out: no params, no query, no body, a permission-less default rate class. */
export function defineOperation<
  Answer extends z.ZodType,
  Params extends z.ZodType = typeof nothing,
  Query extends z.ZodType = typeof nothing,
  Body extends z.ZodType = z.ZodUndefined,
>(
  spec: Pick<Operation, 'operationId' | 'service' | 'method' | 'path' | 'summary' | 'tag' | 'access' | 'statuses'> & {
    answer: Answer;
    params?: Params;
    query?: Query;
    body?: Body;
  } & Partial<Pick<Operation, 'description' | 'rateClass' | 'idempotencyKey' | 'errors' | 'example'>>,
): Operation<Params, Query, Body, Answer> {
  return {
    rateClass: 'default',
    idempotencyKey: 'none',
    errors: [],
    ...spec,
    params: (spec.params ?? nothing) as Params,
    query: (spec.query ?? nothing) as Query,
    body: (spec.body ?? z.undefined()) as Body,
  };
}

/** The answer of a 204. */
export const noContent = z.undefined();
