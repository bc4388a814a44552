// Failures of a store or a neighbour, told by name, code and label, so that nobody has to load a driver to know one.
// Invariant: what the same work would meet again for ever (a bug, a refusal, a duplicate) is neither an outage nor a
// conflict.

/** Of Node.js: a neighbour that cannot be reached, or not any more. */
const networkCodes = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/**
 * Of the drivers of MongoDB and Redis, and of time limits of our own: no server, no connection, or no answer in time.
 */
const outageNames = new Set([
  'AbortError',
  'ClusterAllFailedError',
  'DisconnectedError',
  'MaxRetriesPerRequestError',
  'MongoClientClosedError',
  'MongoExpiredSessionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoNotConnectedError',
  'MongoOperationTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoServerClosedError',
  'MongoServerSelectionError',
  'MongoStalePrimaryError',
  'MongoSystemError',
  'MongoTopologyClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoWriteConcernError',
  'MongooseServerSelectionError',
  'PoolClearedOnNetworkError',
  'TimeoutError',
]);

/** Of MongoDB: the server stops, is not (or no longer) the primary, cannot confirm, or has no time or room. */
const outageCodes = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  50, // MaxTimeMSExpired
  64, // WriteConcernTimeout
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  262, // ExceededTimeLimit
  9_001, // SocketException
  10_107, // NotWritablePrimary
  11_600, // InterruptedAtShutdown
  11_602, // InterruptedDueToReplStateChange
  13_435, // NotPrimaryNoSecondaryOk
  13_436, // NotPrimaryOrSecondary
  14_031, // OutOfDiskSpace: it ends by itself or by a person; the same request works then
]);

/** Of MongoDB: the transaction is over without a trace, because somebody else was faster or the server ended it. */
const conflictCodes = new Set([
  112, // WriteConflict
  251, // NoSuchTransaction
]);

/** Of ioredis, whose errors have no code of their own. */
const redisOutage = /^(Connection is closed|Command timed out|Stream isn't writeable)/;
/** Of Redis: it loads its file, is a replica, is full or cannot write to its disk. */
const redisRefusal = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM|MISCONF|NOREPLICAS) /;

/**
 * What went wrong on the way to the server, where the driver shows it as a MongoBulkWriteError without a word about any
 * document: a lost connection, a refusal of the guard. Any other error as it is.
 */
export function underlyingError(error: unknown): unknown {
  return error instanceof Error && 'errorResponse' in error && error.errorResponse instanceof Error
    ? error.errorResponse
    : error;
}

function hasLabel(error: Error, label: string): boolean {
  return 'errorLabelSet' in error && error.errorLabelSet instanceof Set && error.errorLabelSet.has(label);
}

/** True when a commit was sent and its answer lost: the work may or may not have happened. */
export function isUnknownOutcome(error: unknown): boolean {
  return error instanceof Error && hasLabel(error, 'UnknownTransactionCommitResult');
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}

function isConflictByCode(error: Error): boolean {
  const code = codeOf(error);
  return error.name.startsWith('Mongo') && typeof code === 'number' && conflictCodes.has(code);
}

/**
 * True when a store or a neighbour could not be reached, could not confirm or cannot serve now; nothing is known about
 * the work itself.
 */
export function isOutage(thrown: unknown): boolean {
  const error = underlyingError(thrown);
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  if (typeof code === 'string' && networkCodes.has(code)) return true;
  if (outageNames.has(error.name) || isUnknownOutcome(error)) return true;
  if (error.name.startsWith('Mongo')) {
    if (typeof code === 'number' && outageCodes.has(code)) return true;
    return hasLabel(error, 'RetryableWriteError') && !isConflictByCode(error);
  }
  return redisOutage.test(error.message) || (error.name === 'ReplyError' && redisRefusal.test(error.message));
}

/** True when the same work, done again from its first read, may succeed: a lost race, a transaction that was ended. */
export function isConflict(thrown: unknown): boolean {
  const error = underlyingError(thrown);
  if (!(error instanceof Error) || isOutage(error)) return false;
  return codeOf(error) === 'CONFLICT' || isConflictByCode(error) || hasLabel(error, 'TransientTransactionError');
}
