// Access tokens: signed, short-lived, and all that a service needs to know about its caller (RFC 9068).

import { randomUUID } from 'node:crypto';
import { packPermissions, type RatePlan } from '@holdfast/shared/contracts';
import { tokenFormat } from '@holdfast/shared/http';
import { SignJWT } from 'jose';
import { accessTokenSeconds } from '../limits.ts';
import type { Role } from '../roles/role.ts';
import type { SigningKey } from './signing-key.ts';

export type AccessFacts = {
  userId: string;
  tenantId: string;
  role: Role;
  accessVersion: number;
  sessionId: string;
  /** The rate plan of the tenant; not said when it is `standard`. */
  plan?: RatePlan;
};

/** A built-in role is known everywhere; of a tenant's own the token says what it gives. */
function rightsOf({ name, version, revision, permissions }: Role) {
  return { role: name, ...(version === 0 ? {} : { perms: packPermissions(permissions), rv: revision }) };
}

/** A signed access token that is valid for so many seconds from now. */
export function signAccessToken(
  key: SigningKey,
  facts: AccessFacts,
  { now, seconds = accessTokenSeconds }: { now: Date; seconds?: number },
): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1_000);
  return new SignJWT({
    tid: facts.tenantId,
    sid: facts.sessionId,
    uv: facts.accessVersion,
    ...(facts.plan === undefined || facts.plan === 'standard' ? {} : { plan: facts.plan }),
    ...rightsOf(facts.role),
  })
    .setProtectedHeader({ alg: tokenFormat.algorithm, typ: tokenFormat.type, kid: key.kid })
    .setIssuer(tokenFormat.issuer)
    .setAudience(tokenFormat.audience)
    .setSubject(facts.userId)
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + seconds)
    .sign(key.privateKey);
}
