// Names that a key of plain data must not have, because some library would take the object for something other than
// data. The one list: for bodies and imports at the edge, and for events that are read.

/**
 * `_bsontype` and `toBSON` steer the BSON serializer, `toJSON` the JSON one,
 * the others are JavaScript's prototype chain.
 */
const reservedKeys: ReadonlySet<string> = new Set([
  '_bsontype',
  'toBSON',
  'toJSON',
  '__proto__',
  'constructor',
  'prototype',
]);
const dollar = 36;

/**
 * True for a name of the list, and for every name that begins with $,
 * which MongoDB reads as an operator or a reference.
 */
export function isReservedKey(key: string): boolean {
  return key.charCodeAt(0) === dollar || reservedKeys.has(key);
}

const suspicious = /"\$|_bsontype|toBSON|toJSON|__proto__|constructor|prototype|\\u/;

/**
 * False when no object in this JSON can have a reserved key: a prefilter, a third of the work of looking at each key.
 */
export function mayHoldReservedKey(json: string): boolean {
  return suspicious.test(json);
}

/**
 * A reserved key somewhere in this data, or undefined. Looks into arrays and plain objects only:
 * a date or an id holds nobody's keys.
 */
export function reservedKeyIn(data: unknown): string | undefined {
  const waiting: object[] = isPlain(data) ? [data] : [];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const isArray = Array.isArray(next);
    for (const key in next) {
      if (!isArray && isReservedKey(key)) return key;
      const field = (next as Record<string, unknown>)[key];
      if (isPlain(field)) waiting.push(field);
    }
  }
  return undefined;
}

function isPlain(value: unknown): value is object {
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
