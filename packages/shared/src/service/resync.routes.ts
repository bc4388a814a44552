// Resyncs for operators. Only with the installation's token; the gateway never routes here.
import type { FastifyInstance } from 'fastify';
import { addInternalCommand, addInternalRoute } from '../http/index.ts';
import type { Resync } from '../messaging/index.ts';

/**
 * Adds `GET /internal/resync`, `POST /internal/resync` (re-emit everything, as for a new consumer) and
 * `POST /internal/renew-source` (the last step of restoring this service's database from a backup).
 */
export function addResyncRoutes(
  app: FastifyInstance,
  internalToken: string,
  resync: Pick<Resync, 'status' | 'request' | 'renewSource'>,
): void {
  addInternalRoute(app, '/internal/resync', internalToken, async () => resync.status());
  addInternalCommand(app, '/internal/resync', internalToken, async (_request, reply) => {
    await resync.request();
    return reply.status(202).send(resync.status());
  });
  addInternalCommand(app, '/internal/renew-source', internalToken, async (_request, reply) => {
    await resync.renewSource();
    return reply.status(202).send(resync.status());
  });
}
