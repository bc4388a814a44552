// Access tokens: signed, short-lived, and all that a service needs to know about its caller (RFC 9068).

import { randomUUID } from 'node:crypto';
import { packPermissions } from '@holdfast/shared/contracts';
import { tokenFormat } from '@holdfast/shared/http';
import { SignJWT } from 'jose';
import { accessTokenSeconds } from '../limits.ts';
import type { Role } from '../roles/role.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { SigningKey } from './signing-key.ts';

export type AccessFacts = {
  userId: string;
  tenantId: string;
  role: Role;
  accessVersion: number;
  sessionId: string;
  tenant: Pick<Tenant, 'accessVersion' | 'settings'>;
};

/** A built-in role is known everywhere; of a tenant's own the token says what it gives. */
function rightsOf({ name, version, revision, permissions }: Role) {
  return { role: name, ...(version === 0 ? {} : { perms: packPermissions(permissions), rv: revision }) };
}

/** Said only where it is out of the ordinary: the business was closed once, or has another rate plan. */
function claimsOfTenant({ accessVersion, settings: { ratePlan } }: AccessFacts['tenant']) {
  return {
    ...(accessVersion === 0 ? {} : { tv: accessVersion }),
    ...(ratePlan === 'standard' ? {} : { plan: ratePlan }),
  };
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
    ...claimsOfTenant(facts.tenant),
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
