// Every bound of the benchmarks, with its reason. Times are milliseconds unless the name says otherwise.

/** A worker process that does not come up in this time has failed. */
export const workerStartMs = 30_000;
/** One answer of the platform under load: its own longest wait is 20 s. */
export const answerMs = 60_000;
/** Connections of a load that are opened at the same time. */
export const connectingMax = 64;
/** After a load the platform gets this long to finish what it accepted, the public log included. */
export const quietMs = 60_000;
/** Two equal looks at the streams, this far apart, mean that nothing moves any more. */
export const quietLookMs = 250;
/** How long created products may take to arrive in orders and inventory. */
export const arrivalMs = 60_000;
/** Variants in one call: what a product may have. */
export const variantsPerProductMax = 100;
/** Sign-ups and products at the same time: each sign-up hashes two passwords, on two threads. */
export const seedingInFlight = 8;
/** Documents that are copied in one command: about 5 MB. */
export const copiedTogetherMax = 5_000;
/** Pages that a reader of lists goes on to before it begins again. */
export const deepestPage = 5;
/** Violations that are named; the rest is a number. */
export const flawsNamedMax = 5;
/** Lists that are read at the same time: enough that the services never wait for the reader. */
export const listsInFlight = 4;
/** Orders that a worker of the plain driver sends in one batch of F2. */
export const floorBatch = 64;
/** Batches of F2 in flight: enough that the server never waits for the client. */
export const floorBatchesInFlight = 4;
/** lock-per-order: life of a lock, far above the longest transaction. */
export const lockLifeMs = 10_000;
/** lock-per-order: an order that has not got its locks by then is refused. */
export const lockWaitMs = 30_000;
/**
 * lock-per-order: pause before a busy lock is asked for again, jittered:
 * measured as the fastest for 256 waiters on one lock.
 */
export const lockPauseMs = 25;
/** lock-per-order: transactions that met a write conflict are run again this often. */
export const transactionAttemptsMax = 50;
/** How often an import is looked at: its memory too. */
export const importLookMs = 250;
/** Reads of S7 that are open at any time: as many as requests of F5. */
export const readsInFlight = 64;
/** Every so many reads the page that is read is compared with what was written: looking through one takes time. */
export const comparedPages = 8;
/** Variants, the most read ones, that S7 reads once before it measures, with their products: what the cache holds. */
export const warmVariantsMax = 100_000;
