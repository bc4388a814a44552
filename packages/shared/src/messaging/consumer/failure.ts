// Which kind of failure an error is. Invariant: only what would fail again with the same input is deterministic; a lost
// race, a lost connection or a lost partition never turns an event into a dead letter.
import { DomainError, isConflict, isOutage } from '../../errors/index.ts';
import { type Failure, Fenced, NothingAhead } from './ports.ts';

/** The kind of a failure thrown by a batch. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Fenced || error instanceof NothingAhead) return 'fenced';
  if (isOutage(error)) return 'infrastructure';
  if (isConflict(error)) return 'conflict';
  return error instanceof DomainError && error.status === 503 ? 'infrastructure' : 'deterministic';
}
