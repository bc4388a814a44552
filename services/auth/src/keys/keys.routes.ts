// The public keys, for everybody who verifies tokens (RFC 7517), and their replacement by operators.
import { DomainError } from '@holdfast/shared/errors';
import { addInternalCommand } from '@holdfast/shared/http';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { replaceCompromisedKeys, rotateKeys } from './rotate-keys.ts';

const rotation = z.strictObject({ compromised: z.boolean().default(false) });

/** Adds GET /.well-known/jwks.json and POST /internal/signing-keys. */
export function addKeyRoutes(app: FastifyInstance, deps: Deps): void {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=60');
    return deps.keyring.published();
  });
  addInternalCommand(app, '/internal/signing-keys', deps.config.INTERNAL_TOKEN, async (request, reply) => {
    const parsed = rotation.safeParse(request.body ?? {});
    if (!parsed.success) throw new DomainError('validation_failed');
    const { kid, signsFrom } = await (parsed.data.compromised ? replaceCompromisedKeys(deps) : rotateKeys(deps));
    return reply.status(201).send({ kid, signsFrom: signsFrom.toISOString() });
  });
}
