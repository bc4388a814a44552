// The keys of this installation as this process knows them.
// Invariant: there is always one to sign with, every replica has the same, and each is published before it signs.
import type { KeyObject } from 'node:crypto';
import type { Clock, Log } from '@holdfast/shared/values';
import { keysReloadMs } from '../limits.ts';
import type { SigningKeyStore } from './signing-key.store.ts';
import {
  currentKey,
  newSigningKey,
  openSigningKey,
  type PublicJwk,
  type SigningKey,
  verifyingKeys,
} from './signing-key.ts';

export type PublishedKey = PublicJwk & { kid: string; alg: 'EdDSA'; use: 'sig' };
export type Keyring = {
  /** The key that signs now. */
  current(): SigningKey;
  /** The JSON Web Key Set: public parts only. */
  published(): { keys: PublishedKey[] };
  /** Finds the public key that a token's header names; throws when it is not one of ours. For jose's jwtVerify. */
  find(header: { kid?: string | undefined }): Promise<KeyObject>;
  reload(): Promise<void>;
  stop(): void;
};

export type KeyringOptions = {
  store: Pick<SigningKeyStore, 'list' | 'propose'>;
  sealingKey: Buffer;
  clock: Clock;
  log: Log;
};

/** Loads the keys, makes the first one where there is none, and reads them again every keysReloadMs. */
export async function openKeyring({ store, sealingKey, clock, log }: KeyringOptions): Promise<Keyring> {
  let keys: SigningKey[] = [];

  async function reload(): Promise<void> {
    const stored = await store.list();
    const known = new Map(keys.map((key) => [key.kid, key]));
    keys = stored.map((key) => ({ ...(known.get(key.kid) ?? openSigningKey(sealingKey, key)), ...datesOf(key) }));
  }

  await reload();
  if (keys.length === 0) {
    await store.propose(await newSigningKey(sealingKey, { number: 1, now: clock.now() }));
    await reload();
  }
  const timer = setInterval(() => {
    reload().catch((error) => log.error({ err: error }, 'signing keys could not be read again'));
  }, keysReloadMs);
  timer.unref();

  return {
    current() {
      const key = currentKey(keys, clock.now());
      if (!key) throw new Error('no signing key is in use');
      return key;
    },
    published: () => ({
      keys: verifyingKeys(keys, clock.now()).map(({ kid, publicJwk }) => ({
        ...publicJwk,
        kid,
        alg: 'EdDSA' as const,
        use: 'sig' as const,
      })),
    }),
    async find({ kid }) {
      const key = verifyingKeys(keys, clock.now()).find((known) => known.kid === kid);
      if (!key) throw new Error('the token names a key that is not ours');
      return key.publicKey;
    },
    reload,
    stop: () => clearInterval(timer),
  };
}

function datesOf({ signsFrom, retiredAt }: Pick<SigningKey, 'signsFrom' | 'retiredAt'>) {
  return { signsFrom, retiredAt };
}
