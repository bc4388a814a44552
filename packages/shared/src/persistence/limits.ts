/** Every bound of the data layer, with its reason. */

/** One attempt to reach MongoDB; a new client is tried after it, so it only has to outlive a slow handshake. */
export const SERVER_SELECTION_TIMEOUT_MS = 5_000;
/** A single command; longer than any election, shorter than a client's patience. */
export const SOCKET_TIMEOUT_MS = 30_000;
/** Waiting for a free connection of the pool; beyond this the process is overloaded and should say so. */
export const WAIT_QUEUE_TIMEOUT_MS = 10_000;
/** A watcher has one getMore in flight, and may kill its cursor meanwhile. */
export const WATCHER_POOL_SIZE_MAX = 2;
/** Connections per process: more only queue inside MongoDB on the machines this is sized for. */
export const POOL_SIZE_MAX = 50;
/** Pause between two attempts to open the database at boot. */
export const RECONNECT_DELAY_MS = 500;

/** How long a transaction is retried before its error reaches the caller; MongoDB's own lifetime limit is 5 s. */
export const TRANSACTION_TIME_LIMIT_MS = 5_000;
/** First pause between two attempts; doubled per attempt, with full jitter. */
export const TRANSACTION_BACKOFF_MS = 4;
/** Longest pause between two attempts. */
export const TRANSACTION_BACKOFF_MAX_MS = 200;
/** Attempts of one transaction; a bound of its own in case a clock stands still. */
export const TRANSACTION_ATTEMPTS_MAX = 200;

/** Events in one write of an evented document: more would not fit the relay's batch budget. */
export const EVENTS_PER_WRITE_MAX = 64;
/** Bytes of event text in one write of an evented document. */
export const EVENT_BYTES_PER_WRITE_MAX = 256 * 1024;

/** Open cursors whose owner is remembered; the oldest is forgotten beyond it, and its next getMore refused. */
export const CURSORS_REMEMBERED_MAX = 10_000;
/** Nested $and, $or and sub-pipelines that the guard follows; deeper commands are refused. */
export const NESTING_MAX = 16;
/** Different reasons counted for system work; reasons are constants of the code, never values. */
export const SYSTEM_REASONS_MAX = 256;
