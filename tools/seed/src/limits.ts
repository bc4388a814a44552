/** Every bound of the seed, with its reason. */

/** One request may take this long; placing an order waits 5 s at most. */
export const REQUEST_TIMEOUT_MS = 15_000;
/** Tries of a request that the platform could not take just now: it has only started. */
export const ATTEMPTS_MAX = 8;
/** Longest pause between two tries, whatever Retry-After asks for: a demo must not keep the start waiting. */
export const RETRY_PAUSE_MAX_MS = 1_000;
/** Requests of one kind at once: enough to be quick, few enough to leave the machine to the services. */
export const AT_ONCE = 4;
/** Orders read to see whether the demo is complete; more than a demo has. */
export const ORDERS_READ_MAX = 100;
