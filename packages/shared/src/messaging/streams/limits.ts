// Every bound of reading streams, with its reason.

/** Events of one clusterTime: the room that an id leaves for the ordinal. Part of the stream format. */
export const ordinalsPerTime = 2 ** 20;

/**
 * A client-side limit on a blocked read: a Redis that hangs without closing its connection must not hang the consumer.
 */
export const readGraceMs = 2_000;
/** An interrupt that met a read before it reached the server is repeated after this. */
export const interruptRepeatMs = 5;

/** A tail's blocked read returns by itself after this, in case an interrupt got lost. */
export const tailBlockMs = 1_000;
/** Silence of Redis that counts as lag of a tail: longer by this than a blocked read takes. */
export const tailSilenceSlackMs = 1_000;
/** Pause between attempts of a tail while Redis is down. */
export const tailPauseMs = 200;
/** Seconds that an entry's id may be ahead of our clock before a tail compares it with the stream's position. */
export const tailSkewSeconds = 2;
/** Entries asked of each stream in one read of a tail. */
export const tailReadCountMax = 256;

/** How often watermarks are read: their age is compared with tens of seconds. */
export const watermarkMs = 1_000;
/** And while one of them has never been seen, as right after the start. */
export const watermarkFirstMs = 100;
