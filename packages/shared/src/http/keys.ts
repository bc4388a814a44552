// The public keys that tokens are verified with: read from auth's key set, kept when auth is down.
// Invariant: unknown key ids, however many, cause at most one fetch per cooldown;
// keys come only from the configured address, never from a token.
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { DomainError } from '../errors/index.ts';
import type { Log } from '../values/index.ts';
import { keysCooldownMs, keysRefreshMs } from './limits.ts';
import type { AskService } from './service-client.ts';

export type KeySource = {
  get: JWTVerifyGetKey;
  /** Reads the key set; throws when auth does not answer. */
  load(): Promise<void>;
  isLoaded(): boolean;
  /**
   * Called with the id of a key that is in the set no more while a newer one is: a replica of auth that does not know
   * the newest yet has retired nothing.
   */
  onRetired(listener: (keyId: string) => void): void;
  stop(): void;
};

export type RemoteKeysOptions = { ask: AskService; log: Log; cooldownMs?: number; refreshMs?: number };

function onlyEd25519(set: unknown): JSONWebKeySet {
  const keys = (set as JSONWebKeySet | undefined)?.keys;
  if (!Array.isArray(keys)) throw new Error('auth answered something else than a key set');
  return { keys: keys.filter((key) => key.kty === 'OKP' && key.crv === 'Ed25519') };
}

/** Keys from `/.well-known/jwks.json` of auth. */
export function remoteKeys({
  ask,
  log,
  cooldownMs = keysCooldownMs,
  refreshMs = keysRefreshMs,
}: RemoteKeysOptions): KeySource {
  let find: ReturnType<typeof createLocalJWKSet> | undefined;
  let known: string[] = [];
  const listeners: ((keyId: string) => void)[] = [];
  let loading: Promise<void> | undefined;
  let lastAttemptMs = Number.NEGATIVE_INFINITY;

  /** The set is in order, newest first. */
  const isNewer = (id: string, than: string) => !known.includes(id) || known.indexOf(id) < known.indexOf(than);

  function load(): Promise<void> {
    loading ??= (async () => {
      lastAttemptMs = performance.now();
      try {
        const set = onlyEd25519(await ask('/.well-known/jwks.json'));
        find = createLocalJWKSet(set);
        const ids = set.keys.map(({ kid }) => String(kid));
        const retired = known.filter((id) => !ids.includes(id) && ids.some((other) => isNewer(other, id)));
        known = ids;
        for (const id of retired) for (const listener of listeners) listener(id);
      } finally {
        loading = undefined;
      }
    })();
    return loading;
  }
  const refresh = () => load().catch((error) => log.warn({ err: error }, 'key set not refreshed'));
  const timer = setInterval(() => void (find && refresh()), refreshMs).unref();

  return {
    load,
    isLoaded: () => find !== undefined,
    onRetired: (listener) => void listeners.push(listener),
    stop: () => clearInterval(timer),
    async get(header, token) {
      if (!find) throw new DomainError('unavailable', { detail: 'Tokens cannot be verified yet.' });
      try {
        return await find(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        if (loading) await loading.catch(() => undefined);
        else if (performance.now() - lastAttemptMs >= cooldownMs) await refresh();
        return await find(header, token);
      }
    },
  };
}

/** Keys that are at hand: the signer's own, or a test's. */
export function fixedKeys(set: JSONWebKeySet): JWTVerifyGetKey {
  return createLocalJWKSet(onlyEd25519(set));
}
