// The places of a body, found in its schema: what can be replaced there, and where fields can be smuggled in.
import { type DescribedOperation, resolve, type Schema } from './operations.ts';

/** The path of every field that a body may have, `['lines', '0', 'variantId']`; a free key of a map is `key`. */
export function fieldPaths({ body }: DescribedOperation): string[][] {
  const find = (given: Schema, path: string[]): string[][] => {
    const schema = resolve(given);
    const inner = Object.entries(schema.properties ?? {}).map(([name, field]): [string, Schema] => [name, field]);
    if (schema.items) inner.push(['0', schema.items]);
    if (typeof schema.additionalProperties === 'object') inner.push(['key', schema.additionalProperties]);
    const choices = (schema.anyOf ?? schema.oneOf ?? []).flatMap((one) => find(one, path));
    return [...inner.flatMap(([name, field]) => [[...path, name], ...find(field, [...path, name])]), ...choices];
  };
  const unique = new Map((body ? find(body.schema, []) : []).map((path) => [path.join('/'), path]));
  return [...unique.values()];
}

/** The path of every object of a value, itself included. */
export function objectPaths(value: unknown, path: string[] = []): string[][] {
  if (value === null || typeof value !== 'object') return [];
  const inner = Object.entries(value).flatMap(([name, field]) => objectPaths(field, [...path, name]));
  return Array.isArray(value) ? inner : [path, ...inner];
}

/** What stands at the path. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((holder, name) => (holder as Record<string, unknown> | undefined)?.[name], value);
}

/** The schema of a field of the body; undefined when it has none of its own. */
export function schemaAt({ body }: DescribedOperation, path: readonly string[]): Schema | undefined {
  let schema: Schema | undefined = body?.schema;
  for (const name of path) {
    const here: Schema | undefined = schema && resolve(schema);
    schema = /^\d+$/.test(name) ? here?.items : here?.properties?.[name];
  }
  return schema && resolve(schema);
}

/** A copy of the body with this value at the path; what is missing on the way there is made. */
export function withValue(body: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (/^\d+$/.test(key)) {
    const list = Array.isArray(body) ? [...body] : [];
    list[Number(key)] = withValue(list[Number(key)], rest, value);
    return list;
  }
  const fields = (body ?? {}) as Record<string, unknown>;
  return { ...fields, [key]: withValue(fields[key], rest, value) };
}
