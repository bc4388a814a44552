// Every bound of realtime, with its reason. Times are milliseconds.

/**
 * An order makes four events within some 15 ms: one transaction for all of them,
 * and none while an order is being decided.
 */
export const lingerMs = 75;

/**
 * Public events of one log document, and the bytes of their text: what one write of a document with events may carry.
 */
export const chunkEventsMax = 64;
export const chunkBytesMax = 256 * 1024;

/**
 * Events of a tenant's log that are remembered, so that none of them is logged again; and of all tenants,
 * about 150 bytes each.
 */
export const repeatsPerTenantMax = 1_024;
export const repeatsMax = 300_000;
/** Ids read from the logs of one batch, when a partition was taken over: a fraction of a transaction's time. */
export const repeatsReadMax = 32_768;

/** A hot variant sends its latest value at most this often to a room: 10 messages per second. */
export const stockWindowMs = 100;
/** Variants that are within their window at once; beyond it values pass unthrottled instead of growing memory. */
export const hotVariantsMax = 50_000;
/** Aggregates whose last sent version is remembered, so that versions only grow at a socket. */
export const versionsRememberedMax = 100_000;
/** Variants at several locations whose levels are remembered, to tell their sums; about 500 bytes each. */
export const variantsRememberedMax = 50_000;
/** Tenants whose last sequence is remembered. */
export const tenantsRememberedMax = 100_000;

/** Sockets of one process: about 10 KB each, and a file descriptor. */
export const socketsMax = 20_000;
/** The part of the descriptors that sockets may use; MongoDB, Redis and the gateways' requests need some too. */
export const socketsShareMax = 3 / 4;
/** Below this the process starts all the same, warns and calls itself degraded. */
export const descriptorsWantedMin = 4_096;
/** Sockets of one user on one process: tabs and devices, not a flood. */
export const socketsPerUserMax = 50;
/** Time to present a valid token after the connection opened; then it is cut off. */
export const tokenTimeoutMs = 10_000;
/** A client has this long to take its last message and to answer a close frame; then it is cut off. */
export const closeTimeoutMs = 1_000;
/** Fragments of one message: no client of ours sends any, and browsers do not cut messages as short as ours. */
export const fragmentsMax = 4;
/**
 * Bytes of one message from a client; a larger one closes the socket. A subscription to 100 topics has about 8 KB, and
 * what comes before a token is parsed too.
 */
export const messageBytesMax = 16_384;
/** Topics of one socket: each is a room in memory. */
export const topicsPerSocketMax = 500;
/**
 * A socket may send this many frames at once, pings and pongs included, and this many per second on average;
 * more cuts it off.
 */
export const messageBurstMax = 60;
export const messagesPerSecondMax = 20;
/** Packets waiting for a slow client before it is closed; it connects again and reads anew. */
export const waitingPacketsMax = 2_000;
export const slowCheckMs = 1_000;

/** Clients of a stopping process come back after a random time up to this, so that they do not arrive at once. */
export const reconnectHintMaxMs = 3_000;
/** Time for the hint to leave before the sockets are closed. */
export const stopGraceMs = 500;
/** The longest delay of a timer in Node. */
export const timerMaxMs = 2 ** 31 - 1;
