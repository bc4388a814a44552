/**
 * Kinds of failure that callers of the data layer tell apart.
 * Invariant: a refusal is never mistaken for a conflict or an outage, so nobody retries it.
 */
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

const WRITE_CONFLICT = 112;
const DUPLICATE_KEY = 11_000;
const MAX_TIME_EXPIRED = 50;

const infrastructureCodes = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  64, // WriteConcernFailed
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  189, // PrimarySteppedDown
  262, // ExceededTimeLimit
  9001, // SocketException
  10_107, // NotWritablePrimary
  11_600, // InterruptedAtShutdown
  11_602, // InterruptedDueToReplStateChange
  13_435, // NotPrimaryNoSecondaryOk
  13_436, // NotPrimaryOrSecondary
  14_031, // OutOfDiskSpace
]);

const infrastructureNames = new Set([
  'MongooseServerSelectionError',
  'DisconnectedError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoClientClosedError',
  'MongoExpiredSessionError',
  'PoolClosedError',
  'MongoPoolClosedError',
  'MongoPoolClearedError',
  'MongoWaitQueueTimeoutError',
  'WaitQueueTimeoutError',
]);

/**
 * What went wrong on the way to the server, where the driver shows it as a MongoBulkWriteError without a word about any document: a lost
 * connection, a refusal of the guard. Any other error as it is.
 */
export function underlyingError(error: unknown): unknown {
  return error instanceof mongo.MongoBulkWriteError && error.errorResponse instanceof Error
    ? error.errorResponse
    : error;
}

function hasLabel(error: unknown, label: string): boolean {
  return error instanceof mongo.MongoError && error.hasErrorLabel(label);
}

function codeOf(error: unknown): unknown {
  return error instanceof mongo.MongoError ? error.code : undefined;
}

/** True when the same work, done again from its first read, may succeed: a lost race, an aborted transaction. */
export function isConflict(error: unknown): boolean {
  if (error instanceof Conflict) return true;
  if (isInfrastructure(error)) return false;
  return codeOf(error) === WRITE_CONFLICT || hasLabel(error, 'TransientTransactionError');
}

/** True when a unique index refused the write, alone or inside a bulk. */
export function isDuplicateKey(error: unknown): boolean {
  return codeOf(error) === DUPLICATE_KEY;
}

/** True when MongoDB could not be reached or could not confirm; nothing is known about the work itself. */
export function isInfrastructure(thrown: unknown): boolean {
  const error = underlyingError(thrown);
  if (!(error instanceof Error)) return false;
  if (infrastructureNames.has(error.name)) return true;
  if (error instanceof mongo.MongoNetworkError || error instanceof mongo.MongoServerSelectionError) return true;
  if (error instanceof mongo.MongoWriteConcernError) return true;
  const code = codeOf(error);
  if (typeof code === 'number' && (infrastructureCodes.has(code) || code === MAX_TIME_EXPIRED)) return true;
  return hasLabel(error, 'UnknownTransactionCommitResult');
}

/** True when a commit was sent and its answer lost: the work may or may not have happened. */
export function isUnknownOutcome(error: unknown): boolean {
  return hasLabel(error, 'UnknownTransactionCommitResult');
}
