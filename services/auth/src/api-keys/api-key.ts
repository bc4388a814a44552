// A key of a machine: some of its maker's permissions, without a person. Pure.
// Invariants: only the hash is stored; a key never does more than what it was made with; one that is revoked or expired
// stays so.
import { apiKeyRevoked, type DomainEvent, makeEvent, type Permission } from '@holdfast/shared/contracts';
import { type Stamp, sha256 } from '@holdfast/shared/values';

export type ApiKey = {
  id: string;
  tenantId: string;
  name: string;
  permissions: Permission[];
  hash: string;
  status: 'active' | 'revoked';
  createdBy: string;
  createdAt: Date;
  expiresAt: Date | null;
  /** When it was exchanged for a token last; within minutes. */
  lastUsedAt: Date | null;
  revokedAt?: Date | undefined;
  version: number;
  /** What a repeated request is compared with; null without an Idempotency-Key. */
  creation: { requestHash: string } | null;
};

const form = /^hf_(ten_[a-z2-7]{26})_[A-Za-z0-9_-]{43}$/;

/** The key of a tenant with this secret of `apiKeySecretBytes`: the text for its maker, once, and the hash to store. */
export function apiKeyText(tenantId: string, secret: Buffer): { text: string; hash: string } {
  const text = `hf_${tenantId}_${secret.toString('base64url')}`;
  return { text, hash: hashOf(text) };
}

/** The tenant and hash of a key that a client sent; undefined if it is not of our form. */
export function readApiKey(text: string): { tenantId: string; hash: string } | undefined {
  const match = form.exec(text);
  return match ? { tenantId: match[1]!, hash: hashOf(text) } : undefined;
}

/** Whether it may be used. */
export function isUsable({ status, expiresAt }: ApiKey, now: Date): boolean {
  return status === 'active' && (expiresAt === null || expiresAt > now);
}

/** The key as it ends, with its event; undefined if it has ended already. */
export function revokeApiKey(
  key: ApiKey,
  stamp: Stamp,
): { before: ApiKey; after: ApiKey; events: DomainEvent[] } | undefined {
  if (key.status === 'revoked') return undefined;
  const after = { ...key, status: 'revoked' as const, revokedAt: stamp.now, version: key.version + 1 };
  const data = { apiKeyId: key.id, revokedAt: stamp.now.toISOString() };
  return { before: key, after, events: [makeEvent(apiKeyRevoked, after, stamp, data)] };
}

function hashOf(text: string): string {
  return sha256(text).toString('base64url');
}
