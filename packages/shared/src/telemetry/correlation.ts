// The correlation of the running work: one id from the HTTP request through every event to the socket.
// Invariant: it identifies, it never authorises; nothing is decided by it.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

export type Correlation = {
  readonly correlationId?: string | undefined;
  /** W3C trace context: `00-<32 hex>-<16 hex>-<2 hex>`. */
  readonly traceparent?: string | undefined;
};

const storage = new AsyncLocalStorage<Correlation>();
const none: Correlation = Object.freeze({});
const traceparentForm = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The correlation of the running work; empty outside any. */
export function correlation(): Correlation {
  return storage.getStore() ?? none;
}

/** Runs work under this correlation; it follows awaits, not streams, jobs or timers, which enter their own. */
export function withCorrelation<T>(correlated: Correlation, work: () => T): T {
  return storage.run(correlated, work);
}

/** True when the text is a version 00 traceparent with a trace and a parent id. */
export function isTraceparent(text: unknown): text is string {
  return typeof text === 'string' && text.length === 55 && traceparentForm.test(text);
}

/** A traceparent that starts a new trace, sampled. */
export function newTraceparent(): string {
  const random = randomUUID().replaceAll('-', '');
  return `00-${random}-${random.slice(0, 15)}1-01`;
}

/** The 32 hex digits of the trace. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}
