// The keys that this installation's secret yields.
// Invariant: each purpose has a key of its own, so that knowing one tells nothing about another.
import { hkdfSync } from 'node:crypto';

export type Purpose = 'password-pepper' | 'refresh-tokens' | 'signing-keys';

/** The 32-byte key of one purpose (HKDF-SHA-256, RFC 5869). */
export function deriveKey(secret: string, purpose: Purpose): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'holdfast', purpose, 32));
}
