// The routes of API keys: for staff, and the exchange for the gateway.
import { accessApi } from '@holdfast/shared/contracts';
import { DomainError } from '@holdfast/shared/errors';
import { addInternalCommand, registerList, registerOperation, unauthenticated } from '@holdfast/shared/http';
import { inTransaction } from '@holdfast/shared/persistence';
import { correlation } from '@holdfast/shared/telemetry';
import { stampNow } from '@holdfast/shared/values';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { apiKeys } from './api-key.store.ts';
import { type ApiKey, revokeApiKey } from './api-key.ts';
import { createApiKey } from './create-api-key.ts';
import { exchangeApiKey } from './exchange-api-key.ts';

const exchangeBody = z.strictObject({ apiKey: z.string().max(256) });

/** Adds /v1/api-keys and POST /internal/api-key-tokens. */
export function addApiKeyRoutes(app: FastifyInstance, deps: Deps): void {
  registerOperation(app, accessApi.createApiKey, async ({ auth, body, idempotencyKey }) => {
    const { name, permissions } = body;
    const expiresAt = body.expiresAt === undefined ? undefined : new Date(body.expiresAt);
    const command = { caller: auth, requestKey: idempotencyKey, name, permissions, expiresAt };
    const { created, replayed } = await createApiKey(command, deps);
    const secret = created.text === undefined ? {} : { key: created.text };
    return { status: 201, body: { ...toResponse(created.key), ...secret }, replayed };
  });
  registerList(app, accessApi.listApiKeys, {
    list: ({ auth }, page) => deps.apiKeys.list({ tenantId: auth.tenantId, status: 'active' }, page),
    toResponse,
    placeOf: apiKeys.placeOf,
  });
  registerOperation(app, accessApi.revokeApiKey, async ({ auth, params }) => {
    await revoke({ tenantId: auth.tenantId, id: params.id }, deps);
    return { status: 204 };
  });
  addInternalCommand(app, '/internal/api-key-tokens', deps.config.INTERNAL_TOKEN, async (request) => {
    const parsed = exchangeBody.safeParse(request.body);
    const exchanged = parsed.success ? await exchangeApiKey(parsed.data.apiKey, deps) : undefined;
    if (!exchanged) throw unauthenticated();
    return { accessToken: exchanged.accessToken, expiresAt: exchanged.expiresAt.toISOString() };
  });
}

async function revoke({ tenantId, id }: { tenantId: string; id: string }, deps: Deps): Promise<void> {
  await inTransaction(deps.database, async (session) => {
    const key = await deps.apiKeys.read({ tenantId, id }, { session });
    if (!key) throw new DomainError('not_found');
    const revoked = revokeApiKey(key, stampNow(deps.clock, correlation()));
    if (revoked) await deps.apiKeys.saveAll([revoked], session);
  });
  deps.revocations.add({ sessionId: id, tenantId });
  deps.log.info({ tenantId, apiKeyId: id }, 'API key revoked');
}

function toResponse({ id, name, permissions, createdBy, createdAt, expiresAt, lastUsedAt }: ApiKey) {
  return {
    id,
    name,
    permissions,
    createdBy,
    createdAt: createdAt.toISOString(),
    ...(expiresAt ? { expiresAt: expiresAt.toISOString() } : {}),
    ...(lastUsedAt ? { lastUsedAt: lastUsedAt.toISOString() } : {}),
  };
}
