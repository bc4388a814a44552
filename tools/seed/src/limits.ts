// Every bound of the seed, with its reason.

/** One request may take this long; placing an order waits 5 s at most. */
export const requestTimeoutMs = 15_000;
/** Tries of a request that the platform could not take just now: it has only started. */
export const attemptsMax = 8;
/** Longest pause between two tries, whatever Retry-After asks for: a demo must not keep the start waiting. */
export const retryPauseMaxMs = 1_000;
/** Requests of one kind at once: enough to be quick, few enough to leave the machine to the services. */
export const atOnce = 4;
/** Orders read to see whether the demo is complete; more than a demo has. */
export const ordersReadMax = 100;
/** Orders a second of `npm run demo`: it shows, it does not load. */
export const demoRateMax = 200;
export const demoMinutesMax = 24 * 60;
/** Orders under way at once; beyond it the demo skips a beat instead of queueing. */
export const demoWaitingMax = 100;
/** Share of orders that their customers cancel. */
export const cancelShare = 0.1;
/** Units that come in when a variant is sold out. */
export const restockUnits = 20;
