// A token that is mailed: 256 random bits that name their tenant, so that it is looked up by (tenantId, hash). Pure.
// Invariants: a user has one token of a kind, so that a newer one ends the older; it works once, until it expires, and
// only as long as the user has the password and the address of when it was made.
import { contentHash, sha256 } from '@holdfast/shared/values';
import { expiryOf, type TokenKind } from '../mails/mail.ts';
import type { User, UserSecrets } from '../users/user.ts';

/** The text for the user and the hash to store. */
export type MailedToken = { text: string; hash: string };
export type PresentedToken = { tenantId: string; hash: string };
export type StoredToken = {
  id: string;
  tenantId: string;
  userId: string;
  kind: TokenKind;
  hash: string;
  /** What the user was like: address and password, hashed. */
  basis: string;
  expiresAt: Date;
  usedAt?: Date | undefined;
  version: number;
};

const form = /^hfm\.(ten_[a-z2-7]{26})\.[A-Za-z0-9_-]{43}$/;

/** The token of a tenant with this secret of `mailTokenBytes`. */
export function newMailedToken(tenantId: string, secret: Buffer): MailedToken {
  const text = `hfm.${tenantId}.${secret.toString('base64url')}`;
  return { text, hash: hashOf(text) };
}

/** The tenant and hash of what somebody sent; undefined if it is not of our form. */
export function readMailedToken(text: string): PresentedToken | undefined {
  const match = form.exec(text);
  return match ? { tenantId: match[1]!, hash: hashOf(text) } : undefined;
}

/** The place of the token of a kind: there is one per user. */
export function tokenIdOf({ userId, kind }: Pick<StoredToken, 'userId' | 'kind'>): string {
  return `${userId}.${kind}`;
}

/** What is stored of a token; in the place of the former one, if there was one. */
export function storedToken(
  { user, kind, hash }: { user: User & UserSecrets; kind: TokenKind; hash: string },
  { former, now }: { former: StoredToken | undefined; now: Date },
): StoredToken {
  const { id: userId, tenantId } = user;
  const place = { id: tokenIdOf({ userId, kind }), tenantId, userId, kind };
  return { ...place, hash, basis: basisOf(user), expiresAt: expiryOf(kind, now), version: (former?.version ?? 0) + 1 };
}

/** Whether the token still works for this user. */
export function isGood(token: StoredToken, user: User & UserSecrets, now: Date): boolean {
  const isOpen = token.usedAt === undefined && token.expiresAt > now;
  const status = token.kind === 'invitation' ? 'invited' : 'active';
  return isOpen && user.status === status && token.basis === basisOf(user);
}

/** The token after its one use. */
export function spent(token: StoredToken, now: Date): StoredToken {
  return { ...token, usedAt: now, version: token.version + 1 };
}

function basisOf({ email, passwordHash }: User & UserSecrets): string {
  return contentHash({ email, passwordHash });
}

// The whole text is hashed: a token whose tenant was changed is an unknown one.
function hashOf(text: string): string {
  return sha256(text).toString('base64url');
}
