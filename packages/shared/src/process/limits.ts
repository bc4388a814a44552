// Bounds of a process's end. Milliseconds.

/** From the signal to exit 0; past it the process gives up and exits 1. */
export const stopTimeoutMs = 30_000;
/**
 * Between "not ready" and closing the port: those who call us learn it first,
 * and kept-alive connections close after their next answer.
 */
export const drainDelayMs = 250;
/** While draining, connections that became idle are closed this often. */
export const idleCheckMs = 20;

/** Characters of a secret of the installation. */
export const secretLengthMin = 32;
/** Different characters in it, below which it is monotonous. */
export const secretCharactersMin = 10;

/** Where the limit of file descriptors cannot be found out, it is taken for what most systems begin with. */
export const descriptorsAssumed = 1_024;
/** More than any process of ours can use. */
export const descriptorsUnlimited = 1_048_576;
