// Every bound of what all services with a database share, with its reason.

/**
 * A relay or consumer further behind than this is degraded: beyond what ids in whole seconds and a busy second explain.
 */
export const laggingMs = 3_000;
