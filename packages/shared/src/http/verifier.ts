// Verifies access tokens: one pinned algorithm, issuer, audience, type and required claims (RFC 8725, RFC 9068).
// Invariant: only claims of a signature that was verified are cached, under the exact token;
// expiry and revocation are checked on every use.
import { type JWTPayload, type JWTVerifyGetKey, type JWTVerifyResult, jwtVerify } from 'jose';
import { isBuiltInRole, type Permission, permissionsOf, ratePlanOf, unpackPermissions } from '../contracts/index.ts';
import { DomainError } from '../errors/index.ts';
import { boundedMap } from '../values/index.ts';
import { type Auth, tokenFormat, unauthenticated, type Verifier } from './auth.ts';
import { claimsCacheCountMax, claimsCacheTtlMs, tokenLengthMax } from './limits.ts';
import type { RevocationList } from './revocation-list.ts';

export type VerifierOptions = {
  /**
   * Finds the public key of a token's header; `unavailable` errors pass through, all others are a flaw of the token.
   */
  keys: JWTVerifyGetKey;
  revocations: Pick<RevocationList, 'isRevoked'>;
  cacheCountMax?: number;
};

type Believed = { auth: Auth; untilMs: number };
const text = (value: unknown): value is string => typeof value === 'string' && value.length > 0 && value.length <= 128;

function authOf(token: string, { payload: claims, protectedHeader }: JWTVerifyResult): Auth | undefined {
  const { sub, tid, sid, role, uv, tv = 0, exp } = claims;
  if (!text(sub) || !text(tid) || !text(sid) || !text(role) || exp === undefined) return undefined;
  const rights = rightsOf(role, claims);
  if (!Number.isSafeInteger(uv) || !Number.isSafeInteger(tv) || rights === undefined) return undefined;
  return Object.freeze({
    userId: sub,
    tenantId: tid,
    role,
    ...rights,
    sessionId: sid,
    accessVersion: uv as number,
    tenantVersion: tv as number,
    plan: ratePlanOf(claims.plan),
    keyId: protectedHeader.kid ?? '',
    expiresAt: new Date(exp * 1_000),
    token,
  });
}

/** Built-in roles have the permissions of the table, whatever the token claims; others those that the token names. */
function rightsOf(role: string, { perms, rv }: JWTPayload): Pick<Auth, 'permissions' | 'roleVersion'> | undefined {
  if (isBuiltInRole(role)) return { permissions: permissionsOf(role), roleVersion: 0 };
  const permissions: ReadonlySet<Permission> | undefined = text(perms) ? unpackPermissions(perms) : undefined;
  return permissions && Number.isSafeInteger(rv) ? { permissions, roleVersion: rv as number } : undefined;
}

/** A verifier with a bounded cache of at most 10,000 tokens. */
export function createVerifier({ keys, revocations, cacheCountMax = claimsCacheCountMax }: VerifierOptions): Verifier {
  const cache = boundedMap<string, Believed>({ max: cacheCountMax });
  const checks = {
    algorithms: [tokenFormat.algorithm],
    issuer: tokenFormat.issuer,
    audience: tokenFormat.audience,
    typ: tokenFormat.type,
    requiredClaims: ['exp', 'sub', 'tid', 'sid', 'uv'],
  };

  function peek(token: string): Auth | undefined {
    const known = cache.get(token);
    if (known === undefined) return undefined;
    if (known.untilMs <= Date.now() || revocations.isRevoked(known.auth)) {
      cache.delete(token);
      return undefined;
    }
    return known.auth;
  }

  async function verified(token: string): Promise<JWTVerifyResult> {
    try {
      return await jwtVerify(token, keys, checks);
    } catch (error) {
      throw error instanceof DomainError ? error : unauthenticated();
    }
  }

  return {
    peek,
    async verify(token) {
      const known = peek(token);
      if (known) return known;
      if (token.length > tokenLengthMax) throw unauthenticated();
      const auth = authOf(token, await verified(token));
      if (!auth || revocations.isRevoked(auth)) throw unauthenticated();
      cache.set(token, { auth, untilMs: Math.min(auth.expiresAt.getTime(), Date.now() + claimsCacheTtlMs) });
      return auth;
    },
  };
}
