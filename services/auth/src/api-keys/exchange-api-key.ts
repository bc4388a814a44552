// The gateway trades a key for an access token, so that services only ever see tokens.
// Invariant: a token never outlives its key, and dies with it within seconds: the key's id is its session.
import { apiKeyRole } from '@holdfast/shared/contracts';
import { asTenant } from '@holdfast/shared/persistence';
import type { Deps } from '../deps.ts';
import { signAccessToken } from '../keys/access-token.ts';
import { accessTokenSeconds, apiKeyUseNotedMs } from '../limits.ts';
import { isUsable, readApiKey } from './api-key.ts';

/** A token and when it ends; undefined for what is no usable key. */
export async function exchangeApiKey(
  text: string,
  deps: Pick<Deps, 'apiKeys' | 'tenants' | 'clock' | 'keyring'>,
): Promise<{ accessToken: string; expiresAt: Date } | undefined> {
  const presented = readApiKey(text);
  if (!presented) return undefined;
  const { tenantId, hash } = presented;
  const key = await asTenant(tenantId, () => deps.apiKeys.findByHash(tenantId, hash));
  const now = deps.clock.now();
  if (!key || !isUsable(key, now)) return undefined;
  const tenant = await deps.tenants.read(tenantId);
  if (tenant?.status !== 'open') return undefined;
  const isNoted = key.lastUsedAt && now.getTime() - key.lastUsedAt.getTime() < apiKeyUseNotedMs;
  if (!isNoted) await asTenant(tenantId, () => deps.apiKeys.noteUse(key, now));
  const leftSeconds =
    key.expiresAt === null ? accessTokenSeconds : Math.ceil((key.expiresAt.getTime() - now.getTime()) / 1_000);
  const seconds = Math.min(accessTokenSeconds, leftSeconds);
  const role = { name: apiKeyRole, version: 1, revision: 1, permissions: new Set(key.permissions) };
  const facts = { userId: key.id, tenantId, role, accessVersion: 1, sessionId: key.id, tenant };
  const accessToken = await signAccessToken(deps.keyring.current(), facts, { now, seconds });
  return { accessToken, expiresAt: new Date(now.getTime() + seconds * 1_000) };
}
