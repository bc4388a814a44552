// Every bound of an HTTP process, with its reason. Times are milliseconds unless the name says otherwise.

/** A request body, in bytes (api.md). */
export const bodyBytesMax = 1_048_576;
/** How deep a JSON body may nest: the deepest contract has 6 levels, and recursion over a body must stay shallow. */
export const bodyDepthMax = 32;
/**
 * Keys of one object in a body: metadata may have 50, no other contract more than 20;
 * beyond both their schemas can still answer.
 */
export const bodyKeysPerObjectMax = 128;
/** Items of one array in a body: 1,000 rows are the longest list that any operation takes, an order has 500 lines. */
export const bodyItemsPerArrayMax = 1_024;
/**
 * Values of a body in all: 1,000 rows of 25 to 30 values. So many are parsed and validated in about 15 ms,
 * which is what others wait.
 */
export const bodyValuesMax = 30_000;
/** Header bytes of a request; also what Node allows by default, stated so that the error can name it. */
export const headerBytesMax = 16_384;
/** One path parameter, in characters. */
export const paramLengthMax = 100;
/** Characters of an Accept header that are looked at: browsers send about 150. */
export const acceptLengthMax = 1_000;
/** Field errors that one answer lists; the rest adds nothing for a reader. */
export const fieldErrorCountMax = 50;
/** Characters of a client's own text (an unknown field's name) that an error repeats. */
export const echoedTextMax = 100;

/**
 * The headers of a request must have arrived after this, and so long after them its body: slow senders hold a
 * connection.
 */
export const requestTimeoutMs = 30_000;
/** How often Node looks for connections past that limit; its own default would let them live up to 30 s longer. */
export const connectionsCheckMs = 1_000;
/**
 * Pipelined requests that wait, unprocessed, for the answer before them: about 3 KiB each.
 * More at once end the connection.
 */
export const pipelinedCountMax = 8;
/** The whole of an uploaded file must have arrived and be stored by then: 512 MiB at 8 Mbit/s. */
export const uploadTimeoutMs = 600_000;
/** Of an uploaded file so many bytes must arrive in every `requestTimeoutMs`: 64 kbit/s. */
export const uploadBytesMin = 245_760;
/** A handler that has not answered by then is cut off: longer than the longest `Prefer: wait`. */
export const handlerTimeoutMs = 30_000;
/** A socket without any traffic for this long is closed; longer than a handler may take. */
export const connectionTimeoutMs = 60_000;
/**
 * An idle kept-alive connection: longer than a client's own limit,
 * so that the client closes first and no request meets a closing socket.
 */
export const keepAliveTimeoutMs = 75_000;

/** A client that was refused on the bare socket has this long to take the refusal and close. */
export const closeTimeoutMs = 2_000;

/** Characters of a token that are looked at: ours have about 500. */
export const tokenLengthMax = 4_096;
/** Verified tokens that are remembered, about 1 KiB each. */
export const claimsCacheCountMax = 10_000;
/** A verified token is believed this long before its signature is checked again (a retired key must stop working). */
export const claimsCacheTtlMs = 60_000;

/** Unknown key ids cause at most one fetch of the key set in this time. */
export const keysCooldownMs = 10_000;
/** The key set is read again this often, so that a retired key goes and a coming one is known before it signs. */
export const keysRefreshMs = 60_000;
/** One question to another service (keys, revocations) may take this long. */
export const serviceAskTimeoutMs = 3_000;
/**
 * Until keys and revocations were loaded once, auth is asked again after 100, 200, 400 ... at most this many
 * milliseconds: until then no request is served.
 */
export const authRetryMaxMs = 500;
export const authRetryMinMs = 100;

/** Revocations are polled this often beside the stream: a revocation must be known within 5 s even with Redis down. */
export const revocationsPollMs = 3_000;
/**
 * Each poll looks back this much further than the last answer: a revocation may be committed later than it is dated.
 */
export const revocationsOverlapMs = 15_000;
/** A revocation is forgotten after this: access tokens live 10 min, the rest is slack for clocks. */
export const revocationTtlMs = 15 * 60_000;
/** Revocations held at most, about 150 bytes each; beyond it the oldest go and an alarm is logged. */
export const revocationCountMax = 200_000;

/** Stopping to follow the stream may take this long. */
export const tailStopTimeoutMs = 1_000;

/** One health check may take this long; a slower one counts as failed. */
export const healthCheckTimeoutMs = 2_000;

/**
 * Bytes of the items on a page, beyond which the next page has the rest: what a request may cost, whatever is in the
 * items. The whole page stays below the 1 MiB that the gateway passes on in one piece.
 */
export const pageBytesMax = 1_000_000;
/** Items of a page that are read before anything is known of their size; most pages have no more. */
export const pageFirstReadMax = 26;
