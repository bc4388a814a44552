// Every bound of batching and retrying, with its reason.

/** Time of one run of a batcher: below the gateway's patience, above any write that is still going to be answered. */
export const batchRunMsMax = 20_000;

/** How long something unknown is looked up again, with which pause, and by how many requests of a process at once. */
export const retryUntilFoundMs = 1_000;
export const retryPauseMs = 25;
export const retryCountMax = 256;
