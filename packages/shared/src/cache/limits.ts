// Every bound of the cache, with its reason. Times are milliseconds unless the name says otherwise.

/**
 * How long a process serves, to those who cannot have written it, what it last knew to be valid: with the time of a
 * command and of the tail well within the promised second.
 */
export const unaskedMs = 400;
/**
 * And how long while a writer is at work and nothing new can be kept: with an event's 300 ms still within the second.
 * Under many writes a list is in doubt most of the time.
 */
export const doubtfulMs = 650;
/**
 * A list that changes more often than this is not made anew for each change at once, but when it is no longer served
 * unasked.
 */
export const rareChangeMs = 1_000;

/**
 * A command that takes longer counts as failed. Reading MongoDB takes milliseconds, so waiting does not pay; but on a
 * machine that is so busy it takes longer, too.
 */
export const commandTimeoutMs = 250;
/** Failures in a row after which the store is left alone: one may be chance, this many are an outage. */
export const failuresMax = 3;
/** For this long: an outage then costs a few commands their time in each pause. */
export const pauseMs = 500;

/**
 * How long a mark of a writer that never came back keeps its tags in doubt: longer than a transaction with all its
 * repetitions (5 s) and the answer to its commit.
 */
export const markLifeMs = 10_000;
/** A stamp that nobody changes is forgotten after this, and with it what was stored under it. */
export const stampLifeMs = 3_600_000;
/** An answer is kept for 4 to 6 minutes: spread, so that what was stored together is not missed together. */
export const answerLifeMs = 300_000;
export const answerLifeSpread = 0.2;

/** An answer's bytes: a page has at most 1,000,000 (pageBytesMax) and its frame. Larger ones are not kept. */
export const answerBytesMax = 1_048_576;
/** Bytes of answers in the memory of a process: the 1,000 largest, or 100,000 single variants. */
export const localBytesMax = 64 * 1024 * 1024;
/** Characters of an answer's name, which holds a request's target; longer ones are not kept. */
export const nameLengthMax = 1_000;

/** Stamps that a process remembers for `unaskedMs`, about 200 bytes each. */
export const knownStampsMax = 50_000;
/** Tenants whose stamp this process has renewed; beyond it the oldest are renewed once more. */
export const renewedTenantsMax = 50_000;

/** Tags of one change: a product with its 100 variants has 102. Beyond it the whole tenant's answers are marked. */
export const tagsPerChangeMax = 500;
/** Changes told by events that wait for the end of a turn: four full reads of the stream. */
export const toldChangesMax = 4_096;
