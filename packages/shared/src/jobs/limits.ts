// Every bound of scheduled work, with its reason.

/** Schedulers are declared again this often: FLUSHALL removes them without breaking a connection. */
export const upsertMs = 30_000;
/** A worker that died in mid-run is noticed after this; the run starts again elsewhere. */
export const lockMs = 10_000;
export const stalledCheckMs = 5_000;
/** Sweeps must run for ever: a process that dies often must not use up a job's right to be run again. */
export const stalledCountMax = 1_000;
/** Finished runs kept for a look at them. */
export const finishedKeptMax = 20;
export const failedKeptMax = 100;
/** A run that takes longer is told to end and reported. */
export const runMs = 30_000;
/** Longest wait of an idle worker for its next job; a flushed Redis is noticed after it. */
export const drainDelaySeconds = 1;
/** Pause between two attempts to reach Redis again. */
export const reconnectPauseMs = 500;
/** Closing a worker whose run has ended takes milliseconds; when Redis is down it would take for ever. */
export const closeMs = 2_000;
