// Every bound of the relay and of trimming, with its reason. Times are milliseconds unless the name says otherwise.

/**
 * Changes asked for per getMore; MongoDB also ends a batch at 16 MiB. Larger batches gain little and delay the first
 * entry.
 */
export const batchCountMax = 1_000;

/** How long an idle getMore waits on the server; an idle position moves at this pace. */
export const awaitChangesMs = 1_000;

/** Positions of partitions without events move at most this often: moving all with every batch costs 30 % more. */
export const idlePositionMs = 1_000;

/** Under load a pause before getMore makes batches larger and cuts the relay's CPU by a quarter to a half. */
export const lingerMs = 4;

/**
 * While other databases of the server are written and ours is not, changes are asked for at this pace: the delay of our
 * next event.
 */
export const foreignPauseMs = 25;

/** An idle relay hears of both servers within `awaitChangesMs`; silence for this much longer counts as lag. */
export const silenceSlackMs = 1_000;

/** Load, for the linger: this many batches with events within `lingerWindowMs`, or one batch of this many changes. */
export const lingerBatchCount = 30;
export const lingerWindowMs = 100;
export const lingerChangeCount = 32;

/** Lease of the leading relay: a killed one is replaced within `leaseTtlMs` + `leaseTryMs`. */
export const leaseTtlMs = 1_500;
export const leaseRenewMs = 400;
export const leaseTryMs = 250;

/** After an error the relay restarts after 20, 40, 80 ... at most this long; an event's delay after an outage. */
export const restartDelayMinMs = 20;
export const restartDelayMaxMs = 1_000;

/** A run that lived this long was healthy: the next error starts with the shortest delay again. */
export const healthyRunMs = 5_000;

/**
 * Stopping waits this long for the answers of Redis, which take milliseconds: to a command that is under way, and to
 * giving the lease up. While Redis hangs that would be two command timeouts, for a lease that ends by itself.
 */
export const stopMs = 2_000;

/** An alarm stays visible for at least this long after publishing goes on, so that no poll of the status misses it. */
export const alarmHoldMs = 60_000;

/** Pace of the leader's chores: `needed` mirrored to MongoDB, memory checked. */
export const choresEveryMs = 2_000;

/** On an idle platform `needed` moves only by its own write; so it is written at most this often when no event came. */
export const idleMirrorMs = 20_000;

/** Pace of trimming; short enough that one XTRIM removes little. */
export const trimEveryMs = 10_000;

/** What every reader has is still kept for this long. */
export const trimSlackSeconds = 300;

/** Past this age or size per domain, outside groups no longer hold entries back. */
export const outsideAgeMaxSeconds = 3_600;
export const domainBytesMax = 512 * 1024 * 1024;

/**
 * Share of Redis maxmemory at which outside groups are cut off, and at which relays stop appending (the oplog is the
 * buffer).
 */
export const outsideMemoryShareMax = 0.7;
export const appendMemoryShareMax = 0.85;

/** While appending is paused the memory is checked this often. */
export const memoryPauseMs = 250;

/** Agreeing on the first start is retried at this pace while MongoDB is down. */
export const agreeRetryMs = 250;
