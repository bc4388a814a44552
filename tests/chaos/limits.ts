// Every bound of a chaos run, with its reason. Times are milliseconds.

/** Tenants that trade at once: more than one, so that a fault of one partition shows beside others that go on. */
export const tenantCount = 4;
/**
 * Buyers of each tenant, one request after the other each. With the probe below they keep two cores busy, not drowned.
 */
export const buyersPerTenant = 4;
/** A buyer's pause between two purchases, at most. */
export const thinkMsMax = 120;
/** One order of each tenant every so often, whatever the others wait for: recovery is measured with it. */
export const probeEveryMs = 200;
/** Probes of a tenant without an answer; further ones are left out until one returns. */
export const probesWaitingMax = 40;
/** A client gives an attempt up after this and asks again with the same key. */
export const attemptMs = 8_000;
/** Pause before the same key is sent again. */
export const retryMs = 100;
/** A client stops asking what became of a key after this, longer than any fault. */
export const patienceMs = 60_000;

/** Variants of a tenant with plenty of stock, over which most orders spread. */
export const spreadVariantCount = 8;
export const plenty = 1_000_000;
/** Units of the variant that is sold out most of the time. */
export const scarceUnits = 20;

/** Pause between two acts of the nemesis. */
export const gapMinMs = 1_500;
export const gapMaxMs = 4_500;
/** Share of kills after which nothing else is done until every tenant is served again; those are measured. */
export const aloneShare = 0.7;
/** But not for longer than this: it is a miss, and the run goes on. */
export const servedMaxMs = 15_000;
/** A paused process sleeps longer than every lease (2 s) and at most this long. */
export const pauseMinMs = 5_000;
export const pauseMaxMs = 40_000;
/** A server sleeps for less: nothing works without it. */
export const serverPauseMaxMs = 7_000;
/** How long a network is slow, silent or refused. */
export const networkMinMs = 1_000;
export const networkMaxMs = 5_000;
export const networkDelayMaxMs = 150;
/** An act waits for its target to be up again from an earlier one. */
export const targetReadyMs = 30_000;
/** Bytes cut off the end of Redis' file. */
export const tailCutMinBytes = 200;
export const tailCutMaxBytes = 200_000;

/**
 * Copied is one of the last so many entries of a stream that is not older than this:
 * within what the public log remembers.
 */
export const copiedOfLast = 200;
export const copiedSecondsMax = 4;
/** How often room for a forged entry is looked for between a stream's last entry and its position. */
export const roomAttemptsMax = 40;
export const roomPauseMs = 25;

/**
 * After the last fault the buyers go on for this long, and after the first part of it they are answered as if nothing
 * had been.
 */
export const calmMs = 8_000;
export const settleMs = 3_000;
/** Share of attempts without an answer in the calm. */
export const unknownInCalmMax = 0.01;

/** What a run has to reach beside being right. Kills per minute; recovery in milliseconds. */
export const killsPerMinuteMin = 6;
export const recoveryMedianMax = 2_000;
export const recoveryMax = 10_000;

/** The shortest window that a business can set: some orders are to expire in a run. */
export const paymentWindowSeconds = 60;
/** By then the last order that waited for a payment has expired, sweep and all. */
export const paymentsEndMs = paymentWindowSeconds * 1_000 + 30_000;

/** After the last fault everything has to be delivered within this. */
export const convergeMs = 60_000;
/** Bytes a direction of a proxied connection may hold back before its sender is stopped. */
export const proxyHeldBytesMax = 4 * 1024 * 1024;

/** How soon a refused socket asks again. */
export const comeBackMs = 500;
/**
 * Every socket is connected again this long after the last fault: its client waits at most 1.5 s between two attempts.
 */
export const comeBackMaxMs = 5_000;
/** An order is placed, decided and heard of within this when all is calm. */
export const heardMaxMs = 10_000;
/** Every process answers a read and an order within this once its faults are over. */
export const answerMaxMs = 5_000;
