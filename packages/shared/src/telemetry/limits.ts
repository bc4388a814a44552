// Bounds of telemetry, with their reasons.

/**
 * Buckets of request durations in seconds: fine around the promised 20 ms,
 * coarse up to the longest wait for a decision.
 */
export const durationBucketsSeconds = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 20];

/** Different values of one label: more would mean that something unbounded (an id) became a label. */
export const labelValuesMax = 200;

/**
 * Pace at which the delay of the event loop is looked at:
 * every 10 ms would cost each process a hundredth of a core at rest.
 */
export const eventLoopLookMs = 100;

/**
 * How often the utilization of the event loop is noted: each note is sorted into five windows of quantiles, which ten
 * times a second costs each process 2 ms of CPU a second, at rest and under load.
 */
export const utilizationLookMs = 1_000;
