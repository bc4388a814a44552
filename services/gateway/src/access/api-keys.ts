// API keys at the door: each is traded for a short access token, which is all that services ever see.
// Invariants: a key that auth refuses is refused; what is remembered is bounded, never holds a key's text, and a token
// is used no longer than it lives; that it was revoked the verifier sees.
import { createHash } from 'node:crypto';
import { DomainError } from '@holdfast/shared/errors';
import { type AskService, ServiceAnswer, unauthenticated } from '@holdfast/shared/http';
import { boundedMap } from '@holdfast/shared/values';
import { z } from 'zod';
import { apiKeyTokenRestMs, apiKeyTokensMax, refusedApiKeyMs } from '../limits.ts';

const exchanged = z.object({ accessToken: z.string(), expiresAt: z.iso.datetime() });

export type ApiKeys = {
  /** The access token of a key. Throws `unauthenticated`, and `unavailable` when auth does not answer. */
  tokenOf(apiKey: string): Promise<string>;
  /** True for a key that auth has taken before; it says nothing of now. */
  isKnown(apiKey: string): boolean;
  /** Forgets the token of a key, because it is not taken any more. */
  forget(apiKey: string): void;
};

/** True for what is sent in place of an access token. */
export const isApiKey = (token: string) => token.startsWith('hf_');

const hashOf = (apiKey: string) => createHash('sha256').update(apiKey).digest('base64url');

/** Trades keys with auth; equal keys at the same time are one request. */
export function createApiKeys(ask: AskService): ApiKeys {
  const tokens = boundedMap<string, { accessToken: string; untilMs: number }>({ max: apiKeyTokensMax });
  const refused = boundedMap<string, true>({ max: apiKeyTokensMax, ttlMs: refusedApiKeyMs });
  const taken = boundedMap<string, true>({ max: apiKeyTokensMax });
  const trading = new Map<string, Promise<string>>();

  async function trade(apiKey: string, hash: string): Promise<string> {
    try {
      const answer = exchanged.parse(await ask('/internal/api-key-tokens', { apiKey }));
      const { accessToken, expiresAt } = answer;
      taken.set(hash, true);
      tokens.set(hash, { accessToken, untilMs: Date.parse(expiresAt) - apiKeyTokenRestMs });
      return accessToken;
    } catch (error) {
      if (!(error instanceof ServiceAnswer) || error.status !== 401) throw new DomainError('unavailable');
      refused.set(hash, true);
      taken.delete(hash);
      throw unauthenticated();
    }
  }

  return {
    async tokenOf(apiKey) {
      const hash = hashOf(apiKey);
      if (refused.get(hash)) throw unauthenticated();
      const known = tokens.get(hash);
      if (known && known.untilMs > Date.now()) return known.accessToken;
      const underWay = trading.get(hash);
      if (underWay) return underWay;
      const started = trade(apiKey, hash).finally(() => trading.delete(hash));
      trading.set(hash, started);
      return started;
    },
    isKnown: (apiKey) => taken.has(hashOf(apiKey)),
    forget(apiKey) {
      tokens.delete(hashOf(apiKey));
    },
  };
}
