// Every bound of the Redis clients, with its reason. Times are milliseconds.

/** A command without an answer for this long has failed: the server is stuck or the network swallows packets. */
export const commandTimeoutMs = 10_000;

/** Connecting to a host that drops packets must not take longer than this. */
export const connectTimeoutMs = 5_000;

/** A client that is closed waits this long for the server to close too, and fails the commands under way after it. */
export const disconnectTimeoutMs = 500;

/** A lasting connection tries again after 20, 40, 80 ... at most this many milliseconds. */
export const reconnectDelayMaxMs = 1_000;
export const reconnectDelayMinMs = 20;

/**
 * A server that still loads its file is asked again after this; its own guess is whole seconds, and up to ten of them
 * when it has just begun.
 */
export const loadingRetryMs = 50;

/**
 * A command fails together with the connection that it was sent or queued on. Not a matter of patience: with any other
 * number a command in flight when the server dies is neither sent again nor refused, and its caller waits for ever.
 */
export const reconnectsPerCommandMax = 0;
