// Access tokens for tests: a key of its own, and a verifier that trusts only that key.
import { type CryptoKey, exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';
import { type Permission, packPermissions } from '../contracts/index.ts';
import { createVerifier, fixedKeys, revocationList, tokenFormat, type Verifier } from '../http/index.ts';
import { newId, silentLog } from '../values/index.ts';

export type TokenFacts = {
  tenantId?: string;
  userId?: string;
  role?: string;
  /** Of a role that is not built in. */
  permissions?: readonly Permission[];
  /** Of such a role; default 1. */
  roleVersion?: number;
  sessionId?: string;
  /** Default 1. */
  accessVersion?: number;
  /** The claim `plan`, as it is; default none. */
  plan?: unknown;
  /** Seconds from now; may be negative. */
  expiresInSeconds?: number;
};

export type TestTokens = {
  sign(facts?: TokenFacts): Promise<string>;
  /** Headers with the token of `sign`. */
  bearer(facts?: TokenFacts): Promise<{ authorization: string }>;
  verifier: Verifier;
  /** Ends a session for `verifier`. */
  revoke(sessionId: string): void;
  jwks: JSONWebKeySet;
  privateKey: CryptoKey;
  kid: string;
};

/** Makes an Ed25519 key, signs tokens with it and gives the verifier for them. */
export async function testTokens(): Promise<TestTokens> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const kid = newId('ses');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: tokenFormat.algorithm, use: 'sig' }] };
  const revocations = revocationList(silentLog);

  async function sign(facts: TokenFacts = {}): Promise<string> {
    const { tenantId = 'ten_test', userId = 'usr_test', role = 'OWNER', sessionId = newId('ses') } = facts;
    const { accessVersion: uv = 1, roleVersion: rv = 1, permissions, plan } = facts;
    const rights = permissions ? { perms: packPermissions(permissions), rv } : {};
    return new SignJWT({ tid: tenantId, sid: sessionId, role, uv, plan, ...rights })
      .setProtectedHeader({ alg: tokenFormat.algorithm, typ: tokenFormat.type, kid })
      .setIssuer(tokenFormat.issuer)
      .setAudience(tokenFormat.audience)
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1_000) + (facts.expiresInSeconds ?? 600))
      .sign(privateKey);
  }

  return {
    sign,
    bearer: async (facts) => ({ authorization: `Bearer ${await sign(facts)}` }),
    verifier: createVerifier({
      keys: fixedKeys(jwks),
      revocations,
    }),
    revoke: (sessionId) => revocations.add({ sessionId, tenantId: 'ten_test' }),
    jwks,
    privateKey,
    kid,
  };
}
