// OpenAPI 3.1 from the contracts: the same schemas that validate requests and cut answers.
import { z } from 'zod';
import { idempotencyKeyLengthMax, preferWaitSecondsMax } from '../contracts/bounds.ts';
import { answersJson, isChange, isVersioned, type Operation } from '../contracts/index.ts';
import { catalogue, type ErrorCode } from '../errors/index.ts';

type Json = Record<string, unknown>;

/** Codes that every operation may answer, besides its own. */
export function commonErrors(operation: Operation): ErrorCode[] {
  const codes: ErrorCode[] = ['validation_failed', 'rate_limited', 'internal', 'unavailable'];
  if (operation.access !== 'public') codes.push('unauthenticated');
  if (typeof operation.access !== 'string') codes.push('forbidden');
  if (operation.path.includes(':')) codes.push('not_found', 'uri_too_long');
  if (operation.method !== 'GET') codes.push('malformed_json', 'payload_too_large', 'unsupported_media_type', 'busy');
  if (answersJson(operation)) codes.push('not_acceptable');
  if (isChange(operation)) codes.push('stale_version');
  if (operation.idempotencyKey !== 'none') codes.push('invalid_idempotency_key');
  if (operation.idempotencyKey === 'required') codes.push('idempotency_key_required');
  return codes;
}

/** Every code that an operation may answer, sorted. */
export function errorsOf(operation: Operation): ErrorCode[] {
  return [...new Set([...commonErrors(operation), ...operation.errors])].sort();
}

/**
 * Collects named schemas (`.meta({ id })`) while schemas are converted;
 * the same name with another shape gets the suffix Input.
 */
function schemaConverter(components: Record<string, Json>) {
  function place(name: string, schema: Json, io: 'input' | 'output'): string {
    const known = components[name];
    if (known === undefined || JSON.stringify(known) === JSON.stringify(schema)) {
      components[name] = schema;
      return name;
    }
    if (io === 'output') throw new Error(`two answers are called ${name}`);
    components[`${name}Input`] = schema;
    return `${name}Input`;
  }

  return (type: z.ZodType, io: 'input' | 'output'): Json => {
    const {
      $schema: _,
      $defs,
      ...schema
    } = z.toJSONSchema(type, { io, target: 'draft-2020-12' }) as Json & {
      $defs?: Record<string, Json>;
    };
    const names = new Map<string, string>();
    const rewrite = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(rewrite);
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, field]) => {
          if (key !== '$ref' || typeof field !== 'string') return [key, rewrite(field)];
          const name = field.replace('#/$defs/', '');
          return [key, `#/components/schemas/${names.get(name) ?? name}`];
        }),
      );
    };
    for (const [name, { id: _id, ...definition }] of Object.entries($defs ?? {})) {
      names.set(name, place(name, rewrite(definition) as Json, io));
    }
    const { id, ...plain } = rewrite(schema) as Json & { id?: string };
    return id === undefined ? plain : { $ref: `#/components/schemas/${place(id, plain, io)}` };
  };
}

type Convert = ReturnType<typeof schemaConverter>;

function parametersOf(operation: Operation, convert: Convert): Json[] {
  const fields = (type: z.ZodType, where: 'path' | 'query'): Json[] => {
    const schema = convert(type, 'input') as { properties?: Record<string, Json>; required?: string[] };
    return Object.entries(schema.properties ?? {}).map(([name, { description, ...field }]) => ({
      name,
      in: where,
      required: where === 'path' || (schema.required ?? []).includes(name),
      ...(description ? { description } : {}),
      schema: field,
    }));
  };
  const headers: Json[] = [];
  const header = (name: string, description: string, required = false) =>
    headers.push({ name, in: 'header', required, description, schema: { type: 'string' } });
  if (operation.idempotencyKey !== 'none') {
    header(
      'Idempotency-Key',
      `1 to ${idempotencyKeyLengthMax} visible ASCII characters.`,
      operation.idempotencyKey === 'required',
    );
  }
  if (isChange(operation)) header('If-Match', 'The ETag that was read; 412 when it is stale.');
  if (isVersioned(operation)) header('If-None-Match', 'ETags that are known; 304 when it is one of them.');
  if (/Prefer/.test(operation.description ?? ''))
    header('Prefer', `\`wait=n\` (at most ${preferWaitSecondsMax}) or \`respond-async\`.`);
  return [...fields(operation.params, 'path'), ...fields(operation.query, 'query'), ...headers];
}

function problemResponses(operation: Operation): Record<string, Json> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorsOf(operation)) {
    const { status } = catalogue[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${catalogue[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

function cacheHeader({ isCached }: Operation): Json {
  if (!isCached) return {};
  const description =
    'Where the answer comes from: kept ones are at most a second old, and have all that the caller wrote.';
  return { headers: { 'X-Cache': { description, schema: { type: 'string', enum: ['HIT', 'MISS', 'BYPASS'] } } } };
}

function operationObject(operation: Operation, convert: Convert): Json {
  const { access, body, answer, example } = operation;
  const { upload, download, signed } = operation;
  const hasBody = !(body instanceof z.ZodUndefined);
  const media = (schema: Json, sample?: unknown) => ({ schema, ...(sample === undefined ? {} : { example: sample }) });
  const content = (schema: Json, sample?: unknown) => ({ 'application/json': media(schema, sample) });
  const answered = (schema: Json) =>
    download ? Object.fromEntries(download.map((type) => [type, media(schema)])) : content(schema);
  const uploaded = upload && { required: true, content: { [upload]: media({ type: 'string' }, example) } };
  const patched = (schema: Json) =>
    operation.method === 'PATCH' ? { 'application/merge-patch+json': media(schema, example) } : {};
  const answers = operation.statuses.map((status) => [
    String(status),
    status === 204
      ? { description: 'Done; no body.' }
      : { description: 'The answer.', ...cacheHeader(operation), content: answered(convert(answer, 'output')) },
  ]);
  if (isVersioned(operation)) answers.push(['304', { description: 'What If-None-Match names is still so; no body.' }]);
  const sent = hasBody ? convert(body, 'input') : {};
  return {
    operationId: operation.operationId,
    summary: operation.summary,
    ...(operation.description ? { description: operation.description } : {}),
    tags: [operation.tag],
    'x-permission': access,
    'x-service': operation.service,
    security: access === 'public' ? [] : [{ bearer: [] }],
    parameters: parametersOf(operation, convert),
    ...(uploaded ? { requestBody: uploaded } : {}),
    ...(signed ? { requestBody: { required: true, content: content({ type: 'object' }) }, 'x-signed': true } : {}),
    ...(hasBody
      ? {
          requestBody: {
            required: !body.safeParse(undefined).success,
            content: Object.assign(content(sent, example), patched(sent)),
          },
        }
      : {}),
    responses: { ...Object.fromEntries(answers), ...problemResponses(operation) },
  };
}

const problemSchema: Json = {
  type: 'object',
  description: 'RFC 9457. Some codes add members of their own, such as `shortages`.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'traceId'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string', enum: Object.keys(catalogue).sort() },
    traceId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'message'],
        properties: { pointer: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
  additionalProperties: true,
};

/** The OpenAPI 3.1 document of these operations. */
export function buildOpenApi(operations: readonly Operation[]): Json {
  const components: Record<string, Json> = { Problem: problemSchema };
  const convert = schemaConverter(components);
  // Answers first: where the shape that is sent in differs from the one that comes out, the sent one is renamed.
  for (const operation of operations)
    if (!(operation.answer instanceof z.ZodUndefined)) convert(operation.answer, 'output');
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationObject(operation, convert) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      version: '1.0.0',
      description: 'Orders and inventory for many tenants. Errors are problem+json with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map((operation) => operation.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}
