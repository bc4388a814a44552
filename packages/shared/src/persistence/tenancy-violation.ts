// The refusal of what would leave its tenant, in a file without the driver: who only sets a scope (HTTP, a tail) does
// not load it. Invariant: a refusal is never mistaken for a conflict or an outage, so nobody retries it.

/** A command, query or write that would leave its tenant; a bug in the caller, never retried. */
export class TenancyViolation extends Error {
  readonly code = 'TENANCY_VIOLATION';

  // Not an own property: the driver's bulk error copies those of its cause onto itself, and its name is read-only.
  override get name(): string {
    return 'TenancyViolation';
  }

  /** The driver asks every error of a transaction for its labels; a refusal has none, so it is never retried. */
  hasErrorLabel(): boolean {
    return false;
  }
}

/** True for a refusal, also when the driver wrapped it in the error of a bulk write. */
export function isTenancyViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'TENANCY_VIOLATION';
}
