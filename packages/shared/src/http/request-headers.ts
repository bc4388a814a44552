// The request headers that have a meaning here: Idempotency-Key, Prefer, If-Match, If-None-Match. Read strictly;
// a bad one is told, not guessed.
import { idempotencyKeyLengthMax, preferWaitSecondsMax } from '../contracts/bounds.ts';
import { DomainError } from '../errors/index.ts';

const visibleAscii = /^[\x21-\x7e]+$/;

/** The key of an Idempotency-Key header, bare or as a quoted structured string. Throws `invalid_idempotency_key`. */
export function readIdempotencyKey(header: string): string {
  let key = header;
  if (header.startsWith('"')) {
    if (!/^"(?:[^"\\]|\\["\\])*"$/.test(header)) throw new DomainError('invalid_idempotency_key');
    key = header.slice(1, -1).replace(/\\(["\\])/g, '$1');
  }
  if (key.length > idempotencyKeyLengthMax || !visibleAscii.test(key)) throw new DomainError('invalid_idempotency_key');
  return key;
}

export type Preference = number | 'respond-async';

/**
 * What a Prefer header (RFC 7240) asks: how long to wait in milliseconds (at most 20 s), or not at all;
 * undefined when it asks neither.
 */
export function readPrefer(header: string | string[] | undefined): Preference | undefined {
  if (header === undefined) return undefined;
  let isAsync = false;
  for (const part of String(header).slice(0, 500).split(',')) {
    const preference = part.split(';', 1)[0]!.trim().toLowerCase();
    const wait = /^wait\s*=\s*"?(\d{1,9})"?$/.exec(preference);
    if (wait) return Math.min(Number(wait[1]), preferWaitSecondsMax) * 1_000;
    if (preference === 'respond-async') isAsync = true;
  }
  return isAsync ? 'respond-async' : undefined;
}

/** The Preference-Applied header of a preference that was honoured. */
export function preferenceApplied(preference: Preference): string {
  return preference === 'respond-async' ? preference : `wait=${preference / 1_000}`;
}

/** The ETag of a version: `"3"`. */
export function etagOf(version: number | string): string {
  return `"${version}"`;
}

/**
 * True when the list of entity tags names this version. Weak tags count: ours name versions,
 * and a proxy that compresses weakens them.
 */
export function namesVersion(header: string, version: number | string): boolean {
  const wanted = etagOf(version);
  return header.split(',').some((part) => {
    const tag = part.trim();
    return tag === '*' || tag === wanted || tag === `W/${wanted}`;
  });
}

/** A list of entity tags, of which empty places say nothing, or any version at all (RFC 9110, 13.1.1). */
const entityTags = /^(?:\*|(?:(?:W\/)?"[^"]*"|[,\s])+)$/;

/** Throws `validation_failed` for an If-Match header that is no list of entity tags: a version without quotes, say. */
export function assertEntityTags(ifMatch: string | undefined): void {
  if (ifMatch === undefined || entityTags.test(ifMatch.trim())) return;
  throw new DomainError('validation_failed', {
    detail:
      'If-Match takes entity tags in quotes, as the header ETag has them: "2" with its quotes, or * for any version.',
  });
}

/** Throws `stale_version` (412) when an If-Match header names any version: of what has none. `*` is anything at all. */
export function assertNoVersion(ifMatch: string | undefined): void {
  if (ifMatch !== undefined && ifMatch.trim() !== '*') throw new DomainError('stale_version');
}

/** Throws `stale_version` (412) when an If-Match header is there and does not name the version that is stored. */
export function assertIfMatch(ifMatch: string | undefined, version: number | string): void {
  if (ifMatch !== undefined && !namesVersion(ifMatch, version)) throw new DomainError('stale_version');
}
