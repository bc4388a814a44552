// One key that signs access tokens: making it, sealing it for storage, opening it again.
// Invariant: a private key leaves this process only encrypted under a key that comes from the installation's secret.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Sealed, seal, unseal } from '@holdfast/shared/values';
import { calculateJwkThumbprint } from 'jose';
import { keyOverlapMs } from '../limits.ts';

export type PublicJwk = { kty: 'OKP'; crv: 'Ed25519'; x: string };

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
  const { sealed: _, ...rest } = stored;
  const der = unsealKey(sealingKey, stored);
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

function unsealKey(sealingKey: Buffer, { kid, sealed }: Pick<StoredKey, 'kid' | 'sealed'>): Buffer {
  try {
    return unseal(sealingKey, kid, sealed);
  } catch {
    throw new Error(`signing key ${kid} was sealed under another HOLDFAST_SECRET: start with the one it was made with`);
  }
}
