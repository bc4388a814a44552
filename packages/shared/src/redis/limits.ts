// Every bound of the Redis clients, with its reason. Times are milliseconds.

/** A command without an answer for this long has failed: the server is stuck or the network swallows packets. */
export const commandTimeoutMs = 10_000;

/** Connecting to a host that drops packets must not take longer than this. */
export const connectTimeoutMs = 5_000;

/** A lasting connection tries again after 20, 40, 80 ... at most this many milliseconds. */
export const reconnectDelayMaxMs = 1_000;
export const reconnectDelayMinMs = 20;

/** A command of a lasting connection waits for this many connection attempts before it fails. */
export const reconnectsPerCommandMax = 2;
