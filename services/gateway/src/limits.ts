// Every bound of the gateway, with its reason. Times are milliseconds unless the name says otherwise.

/**
 * Connections of clients: about 15 KB each. Fewer where the process may have fewer descriptors (descriptor-plan.ts).
 */
export const connectionCountMax = 20_000;
/** Sockets: as a connection, and another one to realtime. */
export const socketCountMax = 10_000;
/** Descriptors that are neither: Redis, logs, files of the process itself. */
export const descriptorsReservedMax = 256;
/** Below this the process starts all the same, warns and calls itself degraded: few clients are enough to fill it. */
export const descriptorsWantedMin = 4_096;

/**
 * Of one address, unless CONNECTIONS_PER_ADDRESS says otherwise, and never more than half of all:
 * an office behind one address has room.
 */
export const connectionsPerAddressMax = 2_000;
/** Connections that one turn of the event loop may accept: the backlog of the port. */
export const acceptedAtOnceMax = 512;

/** An answer must be taken within this, as a request must arrive within it; else its connection is cut off. */
export const answerTakenMs = 30_000;
/** A client that takes at least this much of a long answer in a second is let finish: 128 kbit/s. */
export const bytesPerSecondMin = 16_384;
/** Bytes of answers that wait for their clients, altogether; past it those that wait longest are cut off. */
export const waitingBytesMax = 256 * 1_048_576;
/** How often that is looked at. */
export const stallCheckMs = 500;

/** A body without a token: the longest has a refresh token of 4 KiB. */
export const publicBodyBytesMax = 16_384;
/** Bodies from this size on draw on the budget below; smaller ones are bounded by the number of connections. */
export const largeBodyBytesMin = 16_384;
/**
 * Bytes of large bodies that are arriving, altogether, and the part of it that one tenant, one network and one user may
 * use: neither a customer of a shop nor somebody with many shops can take it from the others. Past it 503 `busy`.
 */
export const receivedBytesMax = 256 * 1_048_576;
export const receivedTenantShareMax = 1 / 4;
export const receivedNetworkShareMax = 1 / 2;
export const receivedUserShareMax = 1 / 16;

/** The same for callbacks, whose senders show no token; and the part of it that one network may use. */
export const callbackBytesMax = 32 * 1_048_576;
export const callbackNetworkShareMax = 1 / 4;

/**
 * Kept-alive connections to all services together. Half of them lead to orders, whose requests may wait for a decision.
 */
export const upstreamConnectionCountMax = 4_096;
/**
 * Of the connections to orders, at most this part is used by requests that wait for a decision;
 * the others answer at once.
 */
export const waitingShareMax = 1 / 2;
/**
 * Of those, a tenant has at most this part: an inventory that stands still must not let one tenant make the others
 * wait.
 */
export const waitingTenantShareMax = 1 / 4;
/**
 * Requests in flight to one replica, those that may wait for a decision apart: four times what keeps its one thread
 * busy. More would only wait in it, where nobody takes turns.
 */
export const inFlightPerReplicaMax = 64;
/**
 * The part of a service's slots that one tenant may hold while others ask for some: what is in flight ahead of their
 * requests decides how long these take.
 */
export const slotTenantShareMax = 1 / 2;
/** A tenant that has asked within this time counts as one of them. */
export const recentTenantMs = 5_000;
/** Turns that a page of a list costs its tenant: pages of twenty take about four times what one thing takes. */
export const listCost = 4;
/**
 * Requests that wait for a slot of a service, and the part of it that one tenant may have. Past it 503 `busy`. Each
 * holds its connection and a body of at most 16 KiB; larger ones have a budget above.
 */
export const slotWaitingMax = 16_384;
export const slotWaitingTenantShareMax = 1 / 4;
/**
 * The longest wait for a slot. Shorter ones would cost more than they save: a client that is refused comes back, which
 * is a request to read and one to refuse, and one that waits is nothing.
 */
export const slotWaitMs = 10_000;
/** When to come back after that: less than the line of a flood lasts, more than at once. */
export const slotRetrySeconds = 5;
/**
 * A slot whose tenant has got no answer for this long is given back, though its request still waits for a decision.
 * Longer than an answer takes under full load.
 */
export const idleSlotMs = 1_000;
/** A host that does not even accept is passed over after this. */
export const upstreamConnectTimeoutMs = 1_000;
/**
 * An answer of orders, which may wait for a decision: longer than the longest `Prefer: wait` (20 s), shorter than our
 * own handler timeout (30 s), so that the client gets our answer.
 */
export const waitingAnswerTimeoutMs = 25_000;
/** An answer of any other service: three times what its own longest retries take. */
export const upstreamAnswerTimeoutMs = 15_000;
/** Parts of the line for slots at which lists, reads, writes and sign-ins are shed; above what one tenant may have. */
export const slotWaitingSteps = [0.5, 0.7, 0.8, 0.9];
/** How late the event loop is, in milliseconds, when they are: a full turn of answers and requests takes up to 80. */
export const loopDelaySteps = [250, 500, 1_000, 2_000];
/** The pace at which it is looked at, and how many looks in a row must be late. */
export const loopLookMs = 100;
export const loopStandingLooks = 3;
/** A loop that is busy for less of the time is late for another reason: the process was stopped. */
export const loopBusyMin = 0.9;
/** When to come back after being shed. */
export const shedRetrySeconds = 2;

/** How often replicas are looked at; one that was passed over is probed as often, with one small request. */
export const replicaLookMs = 250;
/** A replica with an unanswered request that has answered nothing for so many looks is probed. */
export const replicaSilentLooks = 4;
/** A replica that does not answer a probe within so many looks is passed over. */
export const replicaProbeLooks = 4;
/** Idle connections to a service: shorter than its own 75 s, so that it never closes one that we are about to use. */
export const upstreamKeepAliveMs = 60_000;
/** Addresses that are tried for one request. */
export const upstreamAttemptCountMax = 3;
/**
 * Answers up to this many bytes are read as a whole before they are passed on:
 * then a service that dies half-way is a clean 503.
 */
export const bufferedAnswerBytesMax = 1_048_576;

/** Browsers keep the files of the reference page this long without asking. */
export const docsMaxAgeSeconds = 3_600;

/** Below this, compressing costs more than it saves. */
export const compressBytesMin = 1_024;
/**
 * Answers that are compressed while they pass, about 1 MiB each for as long as the client takes;
 * further ones go as they are.
 */
export const compressedStreamCountMax = 32;

/** A realtime process that does not answer a handshake within this is passed over. */
export const socketHandshakeTimeoutMs = 3_000;
/**
 * A socket that has shown no valid token by then is cut off here too: realtime's own 10 s, and something for the way.
 */
export const socketTokenTimeoutMs = 12_000;
/**
 * Sockets of one address that have not shown a token yet: showing one takes a few milliseconds.
 * Past it the oldest gives way.
 */
export const anonymousPerAddressMax = 200;
/** A client that does not take what was still to be said to it is cut off after this; stopping waits for it. */
export const socketCloseTimeoutMs = 2_000;

/** The cache Redis must answer a rate limit within this, or the limit of this process alone applies. */
export const rateStoreTimeoutMs = 200;
/** After a failure the cache Redis is left alone for this long. */
export const rateStorePauseMs = 1_000;
/**
 * Windows that this process counts by itself while Redis is down, about 150 bytes each;
 * beyond it the oldest are forgotten.
 */
export const localWindowCountMax = 50_000;

/** Tokens of API keys that are remembered, about 1 KiB each. */
export const apiKeyTokensMax = 10_000;
/** The token of an API key is traded anew this long before it ends, so that none ends on its way to a service. */
export const apiKeyTokenRestMs = 30_000;
/** An API key that auth has refused is not asked about again for this long. */
export const refusedApiKeyMs = 60_000;

/** What /health/status tells of the services is remembered this long: it is public, and asks six processes. */
export const servicesHealthTtlMs = 1_000;
export const servicesHealthTimeoutMs = 1_500;
/** Addresses of one service. */
export const serviceUrlCountMax = 64;
