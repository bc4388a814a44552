// Replacing the signing key: by schedule, by an operator, and at once when it is compromised.
// Invariant: unless it is compromised, no valid token is refused meanwhile: the new key is published before it signs,
// and the old one is verified with until its last token has expired.
import { DomainError } from '@holdfast/shared/errors';
import type { Clock, Log } from '@holdfast/shared/values';
import { keyLeadMs, keysMax } from '../limits.ts';
import type { Keyring } from './keyring.ts';
import type { SigningKeyStore } from './signing-key.store.ts';
import { newSigningKey, type StoredKey, verifyingKeys } from './signing-key.ts';

export type RotateKeysDeps = {
  signingKeys: Pick<SigningKeyStore, 'list' | 'propose' | 'retireBefore'>;
  keyring: Pick<Keyring, 'reload'>;
  sealingKey: Buffer;
  clock: Pick<Clock, 'now'>;
  log: Log;
};

/**
 * The key that signs next: a new one, or the one that is already on its way. Throws `busy` when keys are replaced
 * faster than tokens expire.
 */
export async function rotateKeys(deps: RotateKeysDeps, leadMs = keyLeadMs): Promise<StoredKey> {
  const { signingKeys, sealingKey, clock, keyring, log } = deps;
  const now = clock.now();
  const keys = await signingKeys.list();
  const newest = newestOf(keys);
  if (newest.signsFrom > now) return newest;
  if (verifyingKeys(keys, now).length >= keysMax - 1) {
    throw new DomainError('busy', { detail: 'Keys are replaced faster than tokens expire.' });
  }
  const signsFrom = new Date(now.getTime() + leadMs);
  await signingKeys.propose(await newSigningKey(sealingKey, { number: newest.number + 1, now, signsFrom }));
  await keyring.reload();
  const next = newestOf(await signingKeys.list());
  log.info({ kid: next.kid, signsFrom: next.signsFrom }, 'a new signing key is published');
  return next;
}

/**
 * Replaces the key and ends all former ones now: tokens that they have signed are refused by every service within two
 * minutes, and whoever is signed in has to refresh.
 */
export async function replaceCompromisedKeys(deps: RotateKeysDeps): Promise<StoredKey> {
  const { signingKeys, sealingKey, clock, keyring, log } = deps;
  for (;;) {
    const now = clock.now();
    const { number } = newestOf(await signingKeys.list());
    const own = await newSigningKey(sealingKey, { number: number + 1, now });
    await signingKeys.propose(own);
    const stored = (await signingKeys.list()).find((key) => key.number === own.number);
    // Somebody else's key of this number may sign only later, and would be ended with the others.
    if (stored?.kid !== own.kid) continue;
    await signingKeys.retireBefore(own.number, now);
    await keyring.reload();
    log.warn({ kid: own.kid }, 'all former signing keys were ended');
    return own;
  }
}

/** Replaces the key when it has signed for its time; for the sweep. */
export async function rotateDueKeys(lifetimeMs: number, deps: RotateKeysDeps): Promise<void> {
  const { signsFrom } = newestOf(await deps.signingKeys.list());
  if (deps.clock.now().getTime() - signsFrom.getTime() >= lifetimeMs) await rotateKeys(deps);
}

function newestOf(keys: readonly StoredKey[]): StoredKey {
  const [newest] = keys;
  if (!newest) throw new Error('there is no signing key');
  return newest;
}
