// Where the body of an operation holds ids: found in its schema, so that none is forgotten.
import { type DescribedOperation, resolve, type Schema } from './operations.ts';
import { idInField } from './world.ts';

/** The path of every field of the body that holds an id, `['lines', '0', 'variantId']`. */
export function pathsOfIds(operation: DescribedOperation): string[][] {
  const find = (given: Schema, path: string[]): string[][] => {
    const schema = resolve(given);
    const inner = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
      idInField(operation, name) === undefined ? find(field, [...path, name]) : [[...path, name]],
    );
    const items = schema.items ? find(schema.items, [...path, '0']) : [];
    return [...inner, ...items, ...(schema.anyOf ?? schema.oneOf ?? []).flatMap((one) => find(one, path))];
  };
  return operation.body ? find(operation.body.schema, []) : [];
}

/** True when the field holds a list of ids. */
export function isIdList(path: readonly string[]): boolean {
  return /Ids$|^ids$/.test(path.at(-1)!);
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
