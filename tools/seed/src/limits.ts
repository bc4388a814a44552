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
/** Orders a second of `npm run demo`: it shows, it does not load. */
export const DEMO_RATE_MAX = 200;
export const DEMO_MINUTES_MAX = 24 * 60;
/** Orders under way at once; beyond it the demo skips a beat instead of queueing. */
export const DEMO_WAITING_MAX = 100;
/** Access tokens live for 10 minutes. */
export const SIGN_IN_AGAIN_MS = 8 * 60_000;
/** Share of orders that their customers cancel. */
export const CANCEL_SHARE = 0.1;
/** Units that come in when a variant is sold out. */
export const RESTOCK_UNITS = 20;
