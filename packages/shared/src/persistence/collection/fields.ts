// What a stored field may hold. Declared once per collection; every document that the kit writes is checked against it
// in the process, natively written ones too, because nothing on the server's side looks at types. Invariant: a value
// that does not fit its declaration is a bug of ours and throws before anything is sent.
import { plainRecord } from '../plain-record.ts';

type Kind = 'text' | 'number' | 'flag' | 'date' | 'object' | 'list' | 'record';

/** A field of type T. `type` is never set: it ties the declaration to the field of the entity, in both directions. */
export type Field<T> = {
  readonly kind: Kind;
  readonly values?: ReadonlySet<unknown>;
  readonly isOptional?: true;
  readonly isNullable?: true;
  /** A list that only grows: an update pushes what was added. */
  readonly isAppendOnly?: true;
  readonly type?: (value: T) => T;
};

/** A declaration for every field of an entity but its id and tenant. */
export type FieldsOf<Entity> = { readonly [Name in Exclude<keyof Entity, 'id' | 'tenantId'>]-?: Field<Entity[Name]> };

export const text: Field<string> = { kind: 'text' };
export const number: Field<number> = { kind: 'number' };
export const flag: Field<boolean> = { kind: 'flag' };
export const date: Field<Date> = { kind: 'date' };

/** One of these texts. */
export function oneOf<const T extends string>(values: readonly T[]): Field<T> {
  return { kind: 'text', values: new Set(values) };
}

/** An object whose keys the code chooses. */
export function object<T extends object>(): Field<T> {
  return { kind: 'object' };
}

/** An object whose keys a client chooses: stored so that no key can mean anything to the driver. */
export function record<T extends object>(): Field<T> {
  return { kind: 'record' };
}

export function list<T extends readonly unknown[]>(): Field<T> {
  return { kind: 'list' };
}

/** A list that only grows. */
export function appendOnly<T extends readonly unknown[]>(): Field<T> {
  return { kind: 'list', isAppendOnly: true };
}

/** May be undefined: then the document does not have the field. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return { ...field, isOptional: true } as Field<T | undefined>;
}

export function nullable<T>(field: Field<T>): Field<T | null> {
  return { ...field, isNullable: true } as Field<T | null>;
}

/** True when the value may be stored in the field. */
export function fits(value: unknown, field: Field<never>): boolean {
  if (value === undefined) return field.isOptional === true;
  if (value === null) return field.isNullable === true;
  switch (field.kind) {
    case 'text':
      return typeof value === 'string' && (field.values === undefined || field.values.has(value));
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'flag':
      return typeof value === 'boolean';
    case 'date':
      return value instanceof Date && !Number.isNaN(value.getTime());
    case 'list':
      return Array.isArray(value);
    case 'object':
      return isPlainObject(value) && !isMarked(value);
    case 'record':
      return isPlainObject(value);
    default:
      return field.kind satisfies never;
  }
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** True when the driver would store it as something else than what can be seen here. */
function isMarked(value: object): boolean {
  return '_bsontype' in value || 'toBSON' in value;
}

/** The value as it is handed to the driver. */
export function toStoredValue(value: unknown, { kind }: Field<never>): unknown {
  return kind === 'record' && value !== null && value !== undefined ? plainRecord(value) : value;
}
