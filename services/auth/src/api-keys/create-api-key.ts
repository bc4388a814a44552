// Staff make a key of permissions that they have. Invariant: its text is in one answer and nowhere else; a repeated
// request with the same Idempotency-Key gets the key without its text.
import { randomBytes } from 'node:crypto';
import { apiKeysMax, type Permission } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { createOnce, inTransaction } from '@holdfast/shared/persistence';
import {
  assertSameRequest,
  type Caller,
  type Created,
  derivedId,
  newId,
  type RequestKey,
} from '@holdfast/shared/values';
import type { Deps } from '../deps.ts';
import { apiKeySecretBytes } from '../limits.ts';
import { assertHoldsAll } from '../roles/role.ts';
import { type ApiKey, apiKeyText } from './api-key.ts';

export type CreateApiKey = {
  caller: Pick<Caller, 'tenantId' | 'userId' | 'permissions'>;
  requestKey?: RequestKey | undefined;
  name: string;
  permissions: Permission[];
  expiresAt?: Date | undefined;
};
/** The text is there for the one who made it. */
export type MadeApiKey = { key: ApiKey; text?: string };

/** Throws `forbidden`, `validation_failed`, `too_many_api_keys`, `idempotency_key_reused`. */
export async function createApiKey(command: CreateApiKey, deps: Deps): Promise<Created<MadeApiKey>> {
  const { caller, requestKey, name, permissions, expiresAt = null } = command;
  const { tenantId, userId: createdBy } = caller;
  assertHoldsAll(caller, permissions);
  const now = deps.clock.now();
  if (expiresAt !== null && expiresAt <= now) throw inThePast();
  const id = requestKey ? derivedId('key', tenantId, createdBy, 'auth.createApiKey', requestKey.key) : newId('key');
  const creation = requestKey ? { requestHash: requestKey.requestHash } : null;
  const facts = { id, tenantId, name, permissions, createdBy, expiresAt, creation };
  return createOnce<MadeApiKey>(requestKey, {
    async findFirst(again) {
      const stored = await deps.apiKeys.read({ tenantId, id });
      if (!stored) return undefined;
      assertSameRequest(stored.creation, again);
      const { hash, createdAt } = stored;
      return { key: { ...facts, hash, createdAt, status: 'active', lastUsedAt: null, version: 1 } };
    },
    async create() {
      const { text, hash } = apiKeyText(tenantId, randomBytes(apiKeySecretBytes));
      const key: ApiKey = { ...facts, hash, createdAt: now, status: 'active', lastUsedAt: null, version: 1 };
      await add(key, deps);
      return { key, text };
    },
  });
}

async function add(key: ApiKey, deps: Deps): Promise<void> {
  const { tenantId, id: apiKeyId, createdBy } = key;
  await inTransaction(deps.database, async (session) => {
    await deps.tenants.lock(tenantId, session);
    const active = await deps.apiKeys.native.countDocuments({ tenantId, status: 'active' }, { session });
    if (active >= apiKeysMax) throw new DomainError('too_many_api_keys');
    await deps.apiKeys.insert([{ after: key }], session);
  });
  deps.log.info({ tenantId, apiKeyId, createdBy }, 'API key created');
}

function inThePast(): DomainError {
  const message = 'is in the past';
  return new DomainError('validation_failed', { errors: [{ pointer: '/expiresAt', code: 'in_the_past', message }] });
}
