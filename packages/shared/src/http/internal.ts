// Routes for other services of the installation, under /internal/: never routed by the gateway, opened by the installation's own token.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bearerToken, unauthenticated } from './auth.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Adds `GET /internal/...`; without the installation's token the answer is the usual 401. */
export function addInternalRoute(
  app: FastifyInstance,
  path: `/internal/${string}`,
  internalToken: string,
  handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
): void {
  const expected = digest(internalToken);
  app.get(path, {
    onRequest: async (request) => {
      const given = bearerToken(request.headers.authorization);
      if (given === undefined || !timingSafeEqual(digest(given), expected)) throw unauthenticated();
    },
    handler,
  });
}
