// Records whose keys a client chooses. Invariant: the driver stores them as the data that they are.
// It takes an object with the field
// `_bsontype` for one of its own types, and refuses it or stores something else; of a Map it looks at the entries only.

/** The record for the driver; it is read back as a plain object, so its type is the same. */
export function plainRecord<T extends object>(record: T): T {
  return new Map(Object.entries(record)) as unknown as T;
}
