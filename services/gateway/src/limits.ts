// Every bound of the gateway, with its reason. Times are milliseconds unless the name says otherwise.

/** Connections to one address of a service: orders may all be waiting for their decision while others read. */
export const upstreamConnectionCountMax = 1_024;
/** Requests to one service that have no answer yet; past it 503 `busy`, because a queue without end helps nobody. */
export const upstreamInFlightCountMax = 4_096;
/** A host that does not even accept is passed over after this. */
export const upstreamConnectTimeoutMs = 1_000;
/** Longer than the longest `Prefer: wait` (20 s), shorter than our own handler timeout (30 s), so that the client gets our answer. */
export const upstreamAnswerTimeoutMs = 25_000;
/** Idle connections to a service: shorter than its own 75 s, so that it never closes one that we are about to use. */
export const upstreamKeepAliveMs = 60_000;
/** Addresses that are tried for one request. */
export const upstreamAttemptCountMax = 3;
/** Answers up to this many bytes are read as a whole before they are passed on: then a service that dies half-way is a clean 503. */
export const bufferedAnswerBytesMax = 1_048_576;

/** Browsers keep the files of the reference page this long without asking. */
export const docsMaxAgeSeconds = 3_600;

/** Below this, compressing costs more than it saves. */
export const compressBytesMin = 1_024;
/** Answers that are compressed while they pass, about 1 MiB each for as long as the client takes; further ones go as they are. */
export const compressedStreamCountMax = 32;

/** A realtime process that does not answer a handshake within this is passed over. */
export const socketHandshakeTimeoutMs = 3_000;
/** A client that does not take what was still to be said to it is cut off after this; stopping waits for it. */
export const socketCloseTimeoutMs = 2_000;

/** The cache Redis must answer a rate limit within this, or the limit of this process alone applies. */
export const rateStoreTimeoutMs = 200;
/** After a failure the cache Redis is left alone for this long. */
export const rateStorePauseMs = 1_000;
/** Windows that this process counts by itself while Redis is away, about 150 bytes each; beyond it the oldest are forgotten. */
export const localWindowCountMax = 50_000;

/** What /health/status tells of the services is remembered this long: it is public, and asks six processes. */
export const servicesHealthTtlMs = 1_000;
export const servicesHealthTimeoutMs = 1_500;
/** Addresses of one service. */
export const serviceUrlCountMax = 64;
