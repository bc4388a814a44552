// Every bound of the client, with its reason; each can be set otherwise per client. Milliseconds.

/** One attempt. Placing an order waits for its decision for 5 s by default, 20 s at most. */
export const attemptTimeoutMs = 30_000;
/** Attempts of one call. */
export const attemptsMax = 4;
/** Pause after the first attempt; it doubles with each. */
export const pauseMinMs = 100;
/** Longest pause, also when Retry-After asks for more: then the last problem is the answer. */
export const pauseMaxMs = 10_000;
