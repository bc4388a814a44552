// What a use case gets besides its input: who asks, under which Idempotency-Key, when, and because of what.
import { DomainError } from '../errors/index.ts';
import type { Clock } from './clock.ts';
import { newId } from './ids.ts';

/** Who asks, as a verified access token says. */
export type Caller = {
  readonly tenantId: string;
  readonly userId: string;
  /** A built-in role or one of the tenant's own. */
  readonly role: string;
  readonly permissions: ReadonlySet<string>;
};

/** An Idempotency-Key with the hash of the request that it came with. */
export type RequestKey = { readonly key: string; readonly requestHash: string };

/** What led to a change: the request's correlation, or the event that it follows from. */
export type Cause = {
  readonly correlationId?: string | undefined;
  /** The event that led to it. */
  readonly causationId?: string | undefined;
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
};

/** When and because of what something happens: all that a pure decider needs to make events. */
export type Stamp = { readonly now: Date; readonly newEventId: () => string; readonly cause: Cause };

/** What a create answers; `replayed`: an earlier request with the same key has created it. */
export type Created<T> = { readonly created: T; readonly replayed: boolean };

/** Now, with new event ids. */
export function stampNow(clock: Pick<Clock, 'now'>, cause: Cause = {}): Stamp {
  return { now: clock.now(), newEventId: () => newId('evt'), cause };
}

type Hashed = Pick<RequestKey, 'requestHash'>;

/** Throws `idempotency_key_reused` unless what was stored under a key was stored for this request. */
export function assertSameRequest(stored: Partial<Hashed> | null | undefined, request: Hashed): void {
  if (stored?.requestHash !== request.requestHash) throw new DomainError('idempotency_key_reused');
}
