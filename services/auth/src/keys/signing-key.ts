// One key that signs access tokens: making it, sealing it for storage, opening it again.
// Invariant: a private key leaves this process only encrypted under a key that comes from the installation's secret.
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { keyOverlapMs } from '../limits.ts';

export type PublicJwk = { kty: 'OKP'; crv: 'Ed25519'; x: string };
/** AES-256-GCM, base64url each; the key's id is authenticated with it. */
export type Sealed = { iv: string; text: string; tag: string };

export type StoredKey = {
  /** Counts up from 1: the number is agreed on by inserting it. */
  number: number;
  kid: string;
  publicJwk: PublicJwk;
  sealed: Sealed;
  createdAt: Date;
  /** It signs from here on; published before that, so that verifiers know it when it starts. */
  signsFrom: Date;
  /** Set when it is compromised: verified no longer from here on. */
  retiredAt?: Date | undefined;
};

type Dated = Pick<StoredKey, 'number' | 'signsFrom' | 'retiredAt'>;
export type SigningKey = Omit<StoredKey, 'sealed'> & { privateKey: KeyObject; publicKey: KeyObject };

/** A fresh Ed25519 key, ready to be stored; it signs at once unless it is to be published for a while before. */
export async function newSigningKey(
  sealingKey: Buffer,
  { number, now, signsFrom = now }: { number: number; now: Date; signsFrom?: Date },
): Promise<StoredKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { x } = publicKey.export({ format: 'jwk' });
  const publicJwk: PublicJwk = { kty: 'OKP', crv: 'Ed25519', x: x! };
  const kid = await calculateJwkThumbprint(publicJwk);
  const sealed = seal(sealingKey, kid, privateKey.export({ format: 'der', type: 'pkcs8' }));
  return { number, kid, publicJwk, sealed, createdAt: now, signsFrom };
}

/** The usable key. Throws when the installation's secret is not the one that it was sealed with. */
export function openSigningKey(sealingKey: Buffer, stored: StoredKey): SigningKey {
  const { sealed, ...rest } = stored;
  const der = unseal(sealingKey, stored.kid, sealed);
  return {
    ...rest,
    privateKey: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: { ...stored.publicJwk }, format: 'jwk' }),
  };
}

/** The key to sign with: the newest that has started and is not retired. */
export function currentKey<K extends Dated>(keys: readonly K[], now: Date): K | undefined {
  return verifyingKeys(keys, now)
    .filter((key) => key.signsFrom <= now)
    .reduce<K | undefined>((best, key) => (best && best.number > key.number ? best : key), undefined);
}

/** The keys that tokens may be signed with, now or soon; a key goes when its successor has signed for long enough. */
export function verifyingKeys<K extends Dated>(keys: readonly K[], now: Date): K[] {
  const isOutlived = (key: K) =>
    keys.some(({ number, signsFrom }) => number > key.number && now.getTime() >= signsFrom.getTime() + keyOverlapMs);
  return keys.filter((key) => !(key.retiredAt && key.retiredAt <= now) && !isOutlived(key));
}

function seal(key: Buffer, kid: string, plain: Buffer): Sealed {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(kid));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return {
    iv: iv.toString('base64url'),
    text: text.toString('base64url'),
    tag: cipher.getAuthTag().toString('base64url'),
  };
}

function unseal(key: Buffer, kid: string, sealed: Sealed): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.iv, 'base64url'), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(kid));
  decipher.setAuthTag(Buffer.from(sealed.tag, 'base64url'));
  try {
    return Buffer.concat([decipher.update(Buffer.from(sealed.text, 'base64url')), decipher.final()]);
  } catch {
    throw new Error(`signing key ${kid} was sealed under another HOLDFAST_SECRET: start with the one it was made with`);
  }
}
