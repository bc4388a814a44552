// Every bound of the checker, with its reason. Times are milliseconds.

/** Violations kept per invariant; the count goes on, so that a broken installation cannot fill the memory. */
export const violationsKeptMax = 200;

/** Documents per batch of a cursor: large enough that reading is bound by the server. */
export const readBatchCount = 5_000;

/** An undecided order older than this, once everything runs, is a violation. */
export const pendingAgeMaxMs = 60_000;

/** How long what was written before a look may take to reach every consumer. */
export const convergeMaxMs = 60_000;

/** Pause between two looks at a backlog. */
export const recheckMs = 100;

/** A transaction open for longer than this belongs to nobody who could still commit it. */
export const transactionAgeMaxMs = 10_000;

/**
 * Redis keys that do not depend on traffic: streams with their three hashes, leases, members,
 * job queues with their kept jobs.
 */
export const redisKeysMax = 2_000;

/** Time to reach a server before a check counts as impossible. */
export const connectMs = 10_000;

/** From drafting an order to its being readable: the longest that a service tries to store one. */
export const insertMaxMs = 10_000;
