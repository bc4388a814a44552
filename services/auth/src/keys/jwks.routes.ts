// The public keys, for everybody who verifies tokens (RFC 7517).
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';

/** Adds GET /.well-known/jwks.json. */
export function addJwksRoute(app: FastifyInstance, { keyring }: Pick<Deps, 'keyring'>): void {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=60');
    return keyring.published();
  });
}
