// Places in the public log for customers: the sequence number, sealed,
// because the number would tell a merchant's volume.
// Invariant: only a holder of the installation's secret can read or make one, and one of another tenant does not open.
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
const numberBytes = 8;

export type LogCursors = {
  /** An opaque place in this tenant's log. */
  seal(tenantId: string, sequence: number): string;
  /** The sequence of a place; undefined when it is not one of this tenant's. */
  open(tenantId: string, cursor: string): number | undefined;
};

/**
 * Cursors under a key derived from the installation's secret (AES-256-GCM, the tenant as associated data).
 * `newNonce` has to be a cryptographic source, such as `randomBytes`.
 */
export function createLogCursors(secret: string, newNonce: (bytes: number) => Buffer): LogCursors {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'holdfast.realtime.cursor.v1', 32));
  return {
    seal(tenantId, sequence) {
      const iv = newNonce(ivBytes);
      const plain = Buffer.alloc(numberBytes);
      plain.writeBigUInt64BE(BigInt(sequence));
      const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(tenantId));
      const sealed = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      return sealed.toString('base64url');
    },
    open(tenantId, cursor) {
      const sealed = Buffer.from(cursor, 'base64url');
      if (sealed.length !== ivBytes + numberBytes + tagBytes || sealed.toString('base64url') !== cursor)
        return undefined;
      const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(tenantId)).setAuthTag(sealed.subarray(ivBytes + numberBytes));
      try {
        const plain = Buffer.concat([
          decipher.update(sealed.subarray(ivBytes, ivBytes + numberBytes)),
          decipher.final(),
        ]);
        return Number(plain.readBigUInt64BE());
      } catch {
        return undefined;
      }
    },
  };
}
