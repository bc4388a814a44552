// The operations of the running gateway, read from its OpenAPI document: what is added there is tested on that day.
import { gatewayUrl } from '../e2e/business.ts';

export type Schema = {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
};
export type Parameter = { name: string; in: 'path' | 'query' | 'header'; required: boolean; schema: Schema };
type Content = Record<string, { schema: Schema; example?: unknown }>;
export type DescribedOperation = {
  operationId: string;
  method: string;
  /** As in the document: `/v1/orders/{id}`. */
  path: string;
  /** Null where the document names none. */
  permission: 'public' | 'session' | string[] | null;
  service: string;
  parameters: Parameter[];
  body: { schema: Schema; example: unknown; types: string[]; isRequired: boolean } | undefined;
  /** A body that is a file: its type, and an example of its text. */
  upload: { type: string; example: string } | undefined;
  /** The body is somebody else's format, and signed: it is known by what it says. */
  isSigned: boolean;
  /** The answer is a file. */
  isDownload: boolean;
  responses: Record<string, { content?: Content }>;
};

type Described = {
  operationId: string;
  'x-permission'?: DescribedOperation['permission'];
  'x-service': string;
  /** Its body is somebody else's format, and signed. */
  'x-signed'?: true;
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Content };
  responses: DescribedOperation['responses'];
};
type Document = { paths: Record<string, Record<string, Described>>; components: { schemas: Record<string, Schema> } };

export const document = (await (await fetch(`${gatewayUrl()}/openapi.json`)).json()) as Document;

function bodyOf({ requestBody, 'x-signed': isSigned }: Described): DescribedOperation['body'] {
  const json = requestBody?.content['application/json'];
  if (!requestBody || !json || isSigned) return undefined;
  const types = Object.keys(requestBody.content);
  return { schema: json.schema, example: json.example, types, isRequired: requestBody.required };
}

function uploadOf({ requestBody }: Described): DescribedOperation['upload'] {
  const [type] = Object.keys(requestBody?.content ?? {});
  if (!requestBody || type === undefined || type === 'application/json') return undefined;
  return { type, example: String(requestBody.content[type]!.example) };
}

function isDownload({ responses }: Described): boolean {
  const content = responses['200']?.content;
  return content !== undefined && !('application/json' in content);
}

/** Every operation of the document. */
export const operations: readonly DescribedOperation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, one]) => ({
    operationId: one.operationId,
    method: method.toUpperCase(),
    path,
    permission: one['x-permission'] ?? null,
    service: one['x-service'],
    parameters: one.parameters,
    body: bodyOf(one),
    upload: uploadOf(one),
    isSigned: one['x-signed'] === true,
    isDownload: isDownload(one),
    responses: one.responses,
  })),
);

/** For `it.each`: each operation under its id. */
export function named(list: readonly DescribedOperation[]): [string, DescribedOperation][] {
  if (list.length === 0) throw new Error('there is no such operation: the test would prove nothing');
  return list.map((operation) => [operation.operationId, operation]);
}

/** The schema that a reference names; any other one as it is. */
export function resolve(schema: Schema): Schema {
  return schema.$ref ? document.components.schemas[schema.$ref.replace('#/components/schemas/', '')]! : schema;
}

export function parametersIn({ parameters }: DescribedOperation, where: Parameter['in']): Parameter[] {
  return parameters.filter((parameter) => parameter.in === where);
}

/** True when the operation has this header as a parameter. */
export function takesHeader(operation: DescribedOperation, name: string): boolean {
  return parametersIn(operation, 'header').some((header) => header.name === name);
}

/** True for a list: it has pages. */
export function isList(operation: DescribedOperation): boolean {
  return parametersIn(operation, 'query').some(({ name }) => name === 'cursor');
}
