// Routes for other services of the installation, under /internal/: never routed by the gateway,
// opened by the installation's own token.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bearerToken, unauthenticated } from './auth.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** True when the Authorization header shows exactly this token; takes the same time for every wrong one. */
export function isToken(header: string | undefined, token: string): boolean {
  const given = bearerToken(header);
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Adds `GET /internal/...`; without the installation's token the answer is the usual 401. */
export function addInternalRoute(
  app: FastifyInstance,
  path: `/internal/${string}`,
  internalToken: string,
  handler: Handler,
): void {
  addGuarded(app, { method: 'GET', path, internalToken, handler });
}

/** Adds `POST /internal/...` in the same way. */
export function addInternalCommand(
  app: FastifyInstance,
  path: `/internal/${string}`,
  internalToken: string,
  handler: Handler,
): void {
  addGuarded(app, { method: 'POST', path, internalToken, handler });
}

function addGuarded(
  app: FastifyInstance,
  { method, path, internalToken, handler }: { method: string; path: string; internalToken: string; handler: Handler },
): void {
  app.route({
    method,
    url: path,
    onRequest: async (request) => {
      if (!isToken(request.headers.authorization, internalToken)) throw unauthenticated();
    },
    handler,
  });
}
