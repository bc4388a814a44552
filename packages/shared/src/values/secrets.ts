// The keys that this installation's secret yields, and what is sealed with them.
// Invariant: each purpose has a key of its own, so that knowing one tells nothing about another; what is sealed is
// opened only with its key and under the name that it was sealed for.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

export type Purpose = 'password-pepper' | 'refresh-tokens' | 'signing-keys' | 'mails' | 'payment-providers';
/** AES-256-GCM, base64url each. */
export type Sealed = { iv: string; text: string; tag: string };

/** The 32-byte key of one purpose (HKDF-SHA-256, RFC 5869). */
export function deriveKey(secret: string, purpose: Purpose): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'holdfast', purpose, 32));
}

/** Encrypts under a key of `deriveKey`; the name of what it belongs to is authenticated with it. */
export function seal(key: Buffer, name: string, plain: Buffer): Sealed {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(name));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return {
    iv: iv.toString('base64url'),
    text: text.toString('base64url'),
    tag: cipher.getAuthTag().toString('base64url'),
  };
}

/** What was sealed; throws when it was sealed with another key or for another name. */
export function unseal(key: Buffer, name: string, sealed: Sealed): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.iv, 'base64url'), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(name));
  decipher.setAuthTag(Buffer.from(sealed.tag, 'base64url'));
  return Buffer.concat([decipher.update(Buffer.from(sealed.text, 'base64url')), decipher.final()]);
}
