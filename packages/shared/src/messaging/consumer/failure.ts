// Which kind of failure an error is. Invariant: only what would fail again with the same input is deterministic; a lost race,
// a lost connection or a lost partition never turns an event into a dead letter.
import { DomainError } from '../../errors/index.ts';
import { isConflict, isInfrastructure, isUnknownOutcome } from '../../persistence/index.ts';
import { type Failure, Fenced, NothingAhead } from './ports.ts';

const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND']);
const redisOutages = new Set(['MaxRetriesPerRequestError', 'AbortError']);

/** The kind of a failure thrown by a batch. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Fenced || error instanceof NothingAhead) return 'fenced';
  if (isInfrastructure(error) || isUnknownOutcome(error)) return 'infrastructure';
  if (isConflict(error)) return 'conflict';
  if (error instanceof DomainError) return error.status === 503 ? 'infrastructure' : 'deterministic';
  if (!(error instanceof Error)) return 'deterministic';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return networkCodes.has(code) || redisOutages.has(error.name) ? 'infrastructure' : 'deterministic';
}
