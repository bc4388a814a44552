// Every bound of the data layer, with its reason.

/** One attempt to reach MongoDB; a new client is tried after it, so it only has to outlive a slow handshake. */
export const serverSelectionTimeoutMs = 5_000;
/** A single command; longer than any election, shorter than a client's patience. */
export const socketTimeoutMs = 30_000;
/** Waiting for a free connection of the pool; beyond this the process is overloaded and should say so. */
export const waitQueueTimeoutMs = 10_000;
/** A watcher has one getMore in flight, and may kill its cursor meanwhile. */
export const watcherPoolSizeMax = 2;
/** Connections per process: more only queue inside MongoDB on the machines this is sized for. */
export const poolSizeDefault = 50;
/** Pause between two attempts to open the database at boot. */
export const reconnectDelayMs = 500;

/** How long a transaction is retried before its error reaches the caller; MongoDB's own lifetime limit is 5 s. */
export const transactionTimeLimitMs = 5_000;
/** First pause between two attempts; doubled per attempt, with full jitter. */
export const transactionBackoffMs = 4;
/** Longest pause between two attempts. */
export const transactionBackoffMaxMs = 200;
/** Attempts of one transaction; a bound of its own in case a clock stands still. */
export const transactionAttemptsMax = 200;

/** Events in one write of an evented document: more would not fit the relay's batch budget. */
export const eventsPerWriteMax = 64;
/** Bytes of event text in one write of an evented document. */
export const eventBytesPerWriteMax = 256 * 1024;

/** Open cursors whose owner is remembered; the oldest is forgotten beyond it, and its next getMore refused. */
export const cursorsRememberedMax = 10_000;
/** Nested $and, $or and sub-pipelines that the guard follows; deeper commands are refused. */
export const nestingMax = 16;
/** Different reasons counted for system work; reasons are constants of the code, never values. */
export const systemReasonsMax = 256;
