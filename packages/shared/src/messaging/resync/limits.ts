// Every bound of resyncs, with its reason.

/** Documents re-emitted by one write. */
export const snapshotBatchMax = 100;
/** Pause between two writes, so that a resync leaves room for the service's own work: some 2,500 documents a second. */
export const snapshotPauseMs = 20;
/**
 * A document that others change all the time is read and re-emitted again; after this many attempts the batch is
 * postponed.
 */
export const snapshotAttemptsMax = 50;
/** How often a process checks whether a resync is due. */
export const resyncCheckMs = 1_000;
/** Life of the lease of the process that runs a resync; renewed with every batch. */
export const resyncLeaseMs = 5_000;
/** When stopping: time for the write under way, and for Redis to confirm that the lease is given up. */
export const resyncStopMs = 2_000;
/** What a restored database adds to every version, so that what its consumers saw after the backup counts as older. */
export const restoredVersionLift = 1_000_000;
