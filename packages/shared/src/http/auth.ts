// Who is calling: what a verified access token says. Nothing else, no header, ever identifies a caller.
import type { RatePlan } from '../contracts/index.ts';
import { DomainError } from '../errors/index.ts';
import type { Caller } from '../values/index.ts';

/** What our access tokens are made of; the signer and every verifier read it here. */
export const tokenFormat = {
  algorithm: 'EdDSA',
  issuer: 'holdfast',
  audience: 'holdfast-api',
  type: 'at+jwt',
} as const;

export type Auth = Caller & {
  readonly sessionId: string;
  /** The version of the user's rights that the token was made with. */
  readonly accessVersion: number;
  /** The version at which the business was closed last; 0 if it never was. */
  readonly tenantVersion: number;
  /** Rises with every change of the role; 0 for a built-in one. */
  readonly roleVersion: number;
  /** The rate plan of the tenant when the token was made. */
  readonly plan: RatePlan;
  /** The key that it is signed with. */
  readonly keyId: string;
  readonly expiresAt: Date;
  readonly token: string;
};

export type Verifier = {
  /**
   * The caller of a token that was verified a moment ago and is neither expired nor revoked; undefined means:
   * verify it.
   */
  peek(token: string): Auth | undefined;
  /**
   * The caller. Throws `unauthenticated` for any flaw, always the same,
   * and `unavailable` before the keys were loaded once.
   */
  verify(token: string): Promise<Auth>;
};

/** The one answer to every flaw of a token: which check failed is not revealed. */
export function unauthenticated(): DomainError {
  return new DomainError('unauthenticated', { headers: { 'www-authenticate': 'Bearer' } });
}

/** The token of an `Authorization: Bearer` header, or undefined. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined || header.length < 8 || header.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  return header.slice(7);
}
