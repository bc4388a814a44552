// The client of the seed and of the demo: patient with a platform that has only just started, but never for long.
import { type Client, createClient } from '@holdfast/sdk';
import { attemptsMax, requestTimeoutMs, retryPauseMaxMs } from './limits.ts';

/** A client of this gateway for nobody yet. */
export function connect(url: string): Client {
  return createClient({
    url,
    attemptsMax,
    attemptTimeoutMs: requestTimeoutMs,
    pauseMaxMs: retryPauseMaxMs,
    // The orders service may not have heard of a new variant yet.
    retryOn: ['unknown_variant'],
  });
}
