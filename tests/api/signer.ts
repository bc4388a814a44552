// Access tokens signed with the installation's own key, as auth would: flawed ones, and those of roles that would take
// long to sign in for.

import { type KeyObject, sign } from 'node:crypto';
import { tokenFormat } from '@holdfast/shared/http';
import { deriveKey } from '@holdfast/shared/values';
import { decodeJwt } from 'jose';
import { openSigningKey, type StoredKey } from '../../services/auth/src/keys/signing-key.ts';
import { collectionOf } from './documents.ts';
import { testPlatform } from './places.ts';

export type Signer = {
  kid: string;
  publicKey: KeyObject;
  /** This token with other parts, signed with the installation's key unless with another one. */
  resign(token: string, parts?: Parts): string;
};
type Parts = { header?: Record<string, unknown>; claims?: Record<string, unknown>; key?: KeyObject };

export const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Opens the key that signs on the platform under test. */
export async function openSigner(): Promise<Signer> {
  const [stored] = (await collectionOf('signing_keys')) as StoredKey[];
  const { kid, publicKey, privateKey } = openSigningKey(deriveKey(testPlatform().secret, 'signing-keys'), stored!);
  const { algorithm: alg, type: typ } = tokenFormat;
  return {
    kid,
    publicKey,
    resign(token, { header = {}, claims = {}, key = privateKey } = {}) {
      const parts = [
        { alg, typ, kid, ...header },
        { ...decodeJwt(token), ...claims },
      ];
      const text = parts.map(encode).join('.');
      return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
    },
  };
}
