// Refresh tokens: 256 random bits that name their tenant, so that they are looked up by (tenantId, hash).
// Invariant: only the hash is stored, and it is of no use to whoever reads the database.
import { createHmac } from 'node:crypto';
import { sha256 } from '@holdfast/shared/values';

export type PresentedToken = { tenantId: string; hash: string };
/** The text for the client and the hash to store. */
export type RefreshToken = { text: string; hash: string };

const form = /^hfr\.(ten_[a-z2-7]{26})\.[A-Za-z0-9_-]{43}$/;

/** The refresh token of a tenant with this secret of `refreshSecretBytes`. */
export function newRefreshToken(tenantId: string, secret: Buffer): RefreshToken {
  const text = `hfr.${tenantId}.${secret.toString('base64url')}`;
  return { text, hash: hashOf(text) };
}

/**
 * The token that a token is traded for: the same however often it is asked for, and nobody can tell it without the key.
 */
export function successorOf({ tenantId, hash }: PresentedToken, key: Buffer): RefreshToken {
  return newRefreshToken(tenantId, createHmac('sha256', key).update(hash).digest());
}

/** The tenant and hash of a token that a client sent; undefined if it is not of our form. */
export function readRefreshToken(text: string): PresentedToken | undefined {
  const match = form.exec(text);
  return match ? { tenantId: match[1]!, hash: hashOf(text) } : undefined;
}

// The whole text is hashed: a token whose tenant was changed is an unknown one.
function hashOf(text: string): string {
  return sha256(text).toString('base64url');
}
