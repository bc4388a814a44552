// Kinds of failure that only the data layer knows; outages and conflicts are told apart in errors/outage.ts.
// Invariant: a refusal is never mistaken for a conflict or an outage, so nobody retries it.
import { mongo } from 'mongoose';

export { isTenancyViolation, TenancyViolation } from './tenancy-violation.ts';

/** A conditional write did not match because somebody else was faster: read again and decide again. */
export class Conflict extends Error {
  readonly code = 'CONFLICT';

  constructor(message = 'a conditional write did not match') {
    super(message);
    this.name = 'Conflict';
  }
}

const duplicateKey = 11_000;

/** True when a unique index refused the write, alone or inside a bulk. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof mongo.MongoError && error.code === duplicateKey;
}

/** True when every write that a bulk could not do was refused by a unique index. */
export function isOnlyDuplicateKeys(error: unknown): boolean {
  if (!(error instanceof mongo.MongoBulkWriteError) || !isDuplicateKey(error)) return false;
  return [error.writeErrors].flat().every(({ code }) => code === duplicateKey);
}
